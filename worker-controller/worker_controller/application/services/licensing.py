"""Brings a CML host under the licence that its worker is to have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import structlog
from pydantic import SecretStr

from lcm_core.clock import Clock
from lcm_core.domain.enums import LicenseStatus, LicenseType
from lcm_core.domain.provisioning import LicenseAction
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import WorkerLicense
from worker_controller.application.ports import CmlSystemPort
from worker_controller.domain.cml_system import PRODUCTS, CmlLicensing

log = structlog.stdlib.get_logger(__name__)


class LicenceTokens(Protocol):
    async def token(self, kind: LicenseType) -> SecretStr | None:
        """None when none is configured. ``FarEndError`` when the secret store does not give it."""
        ...


@dataclass(frozen=True, slots=True)
class LicenceStep:
    """``waiting_for`` is empty when the licence is as wanted; ``told`` is what CML says of it."""

    license: WorkerLicense
    waiting_for: str = ""
    told: str = ""


class LicenceKeeper:
    """A refused registration is repeated after *retry_seconds*, not at every look."""

    def __init__(self, tokens: LicenceTokens, *, clock: Clock, retry_seconds: float) -> None:
        self._tokens = tokens
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._asked_at: dict[str, float] = {}

    async def bring_about(self, worker: CMLWorkerReadModel, cml: CmlSystemPort) -> LicenceStep:
        """One step: look, and ask for registration when nothing is under way. Idempotent."""
        wanted, exactly = wanted_licence(worker)
        licensing = await cml.licensing()
        found = licensing.as_worker_license(wanted)
        if _will_do(found, wanted, exactly):
            self._asked_at.pop(worker.id, None)
            return LicenceStep(found, told=licensing.told)
        if found.status is LicenseStatus.REGISTERING:
            return LicenceStep(found, "its licence to be registered", licensing.told)
        if found.status is LicenseStatus.REGISTERED:
            await cml.deregister()
            log.info("licence_given_back_for_another", worker_id=worker.id, license_type=found.type.value)
            return LicenceStep(found, f"its {found.type.value} licence to be given back", licensing.told)
        return LicenceStep(found, await self._ask(worker, wanted, cml, licensing), licensing.told)

    async def _ask(
        self, worker: CMLWorkerReadModel, wanted: LicenseType, cml: CmlSystemPort, licensing: CmlLicensing
    ) -> str:
        """Ask for registration, unless that was done lately; what is waited for."""
        token = await self._tokens.token(wanted)
        if self._asked_lately(worker.id):
            told = f"its licence, which is {licensing.as_worker_license(wanted).status.value} ({licensing.told})"
            return told if token else f"{told}; no token is configured for {wanted.value}"
        self._asked_at[worker.id] = self._clock.monotonic()
        if token is None:
            log.error("licence_token_missing", worker_id=worker.id, license_type=wanted.value)
            return f"a licence token: none is configured for {wanted.value}"
        if licensing.product != PRODUCTS[wanted]:
            await cml.set_product(wanted)
        await cml.register(token.get_secret_value())
        log.info("licence_registration_requested", worker_id=worker.id, license_type=wanted.value)
        return "its licence to be registered"

    def forget(self, worker_id: str) -> None:
        self._asked_at.pop(worker_id, None)

    def _asked_lately(self, worker_id: str) -> bool:
        asked_at = self._asked_at.get(worker_id)
        return asked_at is not None and self._clock.monotonic() - asked_at < self._retry_seconds


def wanted_licence(worker: CMLWorkerReadModel) -> tuple[LicenseType, bool]:
    """Which licence, and whether nothing else will do: a host that comes with one keeps it until somebody asks."""
    request = worker.license_request
    if request is not None and request.pending and request.action is LicenseAction.REGISTER:
        return request.type, True
    return worker.license_wanted or worker.license.type, False


def _will_do(found: WorkerLicense, wanted: LicenseType, exactly: bool) -> bool:
    if wanted is LicenseType.EVALUATION:
        return found.holds
    return found.status is LicenseStatus.REGISTERED and (found.type is wanted or not exactly)
