"""Brings a CML host under the licence that its worker is to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from pydantic import SecretStr

from lcm_core.clock import Clock
from lcm_core.domain.enums import LicenseStatus, LicenseType
from lcm_core.domain.values import WorkerLicense
from worker_controller.application.ports import CmlSystemPort
from worker_controller.domain.cml_system import PRODUCTS

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LicenceStep:
    """``waiting_for`` is empty when the licence is as wanted."""

    license: WorkerLicense
    waiting_for: str = ""


class LicenceKeeper:
    """*tokens* by licence type. A refused registration is repeated after *retry_seconds*, not at every look."""

    def __init__(self, tokens: Mapping[LicenseType, SecretStr], *, clock: Clock, retry_seconds: float) -> None:
        self._tokens = dict(tokens)
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._asked_at: dict[str, float] = {}

    async def bring_about(self, worker_id: str, cml: CmlSystemPort, wanted: LicenseType) -> LicenceStep:
        """One step: look, and ask for registration when nothing is under way. Idempotent."""
        licensing = await cml.licensing()
        found = licensing.as_worker_license(wanted)
        if _will_do(found, wanted):
            self._asked_at.pop(worker_id, None)
            return LicenceStep(found)
        if found.status is LicenseStatus.REGISTERING:
            return LicenceStep(found, "its licence to be registered")
        token = self._tokens.get(wanted)
        if self._asked_lately(worker_id):
            told = f"its licence, which is {found.status.value}"
            return LicenceStep(found, told if token else f"{told}; no token is configured for {wanted.value}")
        self._asked_at[worker_id] = self._clock.monotonic()
        if token is None:
            log.error("licence_token_missing", worker_id=worker_id, license_type=wanted.value)
            return LicenceStep(found, f"a licence token: none is configured for {wanted.value}")
        if licensing.product != PRODUCTS[wanted]:
            await cml.set_product(wanted)
        await cml.register(token.get_secret_value())
        log.info("licence_registration_requested", worker_id=worker_id, license_type=wanted.value)
        return LicenceStep(found, "its licence to be registered")

    def forget(self, worker_id: str) -> None:
        self._asked_at.pop(worker_id, None)

    def _asked_lately(self, worker_id: str) -> bool:
        asked_at = self._asked_at.get(worker_id)
        return asked_at is not None and self._clock.monotonic() - asked_at < self._retry_seconds


def _will_do(found: WorkerLicense, wanted: LicenseType) -> bool:
    return found.status is LicenseStatus.REGISTERED or (wanted is LicenseType.EVALUATION and found.holds)
