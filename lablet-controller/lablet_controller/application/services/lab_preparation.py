"""Prepares one lab of a warm pool on its host, or removes one: what the keeper does there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs
from lablet_controller.application.services.content_store import ContentStore
from lablet_controller.application.services.lab_removal import LabRemoval
from lablet_controller.application.services.topology_rewriter import TopologyRewriter
from lablet_controller.domain.lab_title import lab_title
from lcm_core.clock import Clock
from lcm_core.contracts.warm_pools import LabPrepared, PreparationFailed, PreparedLabRemoved
from lcm_core.domain.errors import InvalidInput, NotFound, RuleViolation
from lcm_core.domain.warm_pool import PreparedLab
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)
_seconds = meter("lablet_controller").create_histogram(
    "lcm_warm_pool_prepare_seconds", unit="s", description="Attempts to prepare a lab, by outcome: ready, again, failed"
)


@dataclass(frozen=True, slots=True)
class PreparationPolicy:
    """One attempt may take *attempt_seconds*; passing failures are tried again for *give_up_seconds* in all."""

    attempt_seconds: float = 180
    give_up_seconds: float = 600


class LabPreparation:
    """Idempotent: an import whose answer was lost is found by its title."""

    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        contents: ContentStore,
        rewriter: TopologyRewriter,
        labs: CmlLabs,
        clock: Clock,
        policy: PreparationPolicy | None = None,
    ) -> None:
        self._pools = control_plane.warm_pools
        self._contents = contents
        self._rewriter = rewriter
        self._labs = labs
        self._removal = LabRemoval(labs)
        self._clock = clock
        self._policy = policy or PreparationPolicy()

    async def prepare(self, host: CmlHost, lab: PreparedLab) -> None:
        """One attempt. Whatever comes of it is on record; errors of control-plane-api itself pass through."""
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._policy.attempt_seconds):
                cml_lab_id = await self._imported(host, lab)
        except (CmlError, InvalidInput, NotFound, TimeoutError) as error:
            await self._went_wrong(host, lab, error, self._clock.monotonic() - began)
            return
        spent = self._clock.monotonic() - began
        body = LabPrepared(
            prepared_lab_id=lab.id, worker_id=host.worker_id, cml_lab_id=cml_lab_id, prepare_seconds=round(spent, 3)
        )
        try:
            await self._pools.prepared(body)
        except RuleViolation as given_up:
            # it gave way meanwhile; the next pass removes it
            log.info("prepared_lab_not_wanted", prepared_lab_id=lab.id, reason=given_up.message)
            return
        _seconds.record(spent, {"outcome": "ready"})
        log.info("lab_prepared", prepared_lab_id=lab.id, worker_id=host.worker_id, definition=lab.definition_name)

    async def remove(self, host: CmlHost, lab: PreparedLab) -> bool:
        """One step; whether it is proven gone. A host that does not answer is asked again later."""
        title = lab_title(lab.definition_name, lab.id)
        try:
            async with asyncio.timeout(self._policy.attempt_seconds):
                for cml_lab_id in await self._removal.labs_of(host, title, lab.cml_lab_id):
                    if not await self._removal.remove(host, cml_lab_id):
                        return False
        except (CmlError, TimeoutError) as error:
            log.warning("prepared_lab_not_removed", prepared_lab_id=lab.id, worker_id=host.worker_id, reason=str(error))
            return False
        proof = f"CML at {host.address} knows no lab titled {title!r}"
        body = PreparedLabRemoved(prepared_lab_id=lab.id, worker_id=host.worker_id, proof=proof)
        await self._pools.removed(body)
        return True

    async def _imported(self, host: CmlHost, lab: PreparedLab) -> str:
        title = lab_title(lab.definition_name, lab.id)
        known = await self._removal.labs_of(host, title, None)
        for surplus in known[1:]:
            await self._removal.remove(host, surplus)
        if known:
            return known[0]
        package = await self._contents.get(lab.content_hash)
        topology = await self._rewriter.rewrite(package.hash, package.topology_yaml, lab.ports)
        return (await self._labs.import_lab(host, topology, title)).lab_id

    async def _went_wrong(self, host: CmlHost, lab: PreparedLab, error: Exception, spent: float) -> None:
        """Passing failures have time; anything else, and what takes too long, counts against the pool."""
        reason = str(error) or f"not done within {self._policy.attempt_seconds:g} s"
        passing = isinstance(error, TimeoutError) or (isinstance(error, CmlError) and error.retryable)
        tried_for = self._clock.now() - lab.reserved_at
        again = passing and tried_for < timedelta(seconds=self._policy.give_up_seconds)
        _seconds.record(spent, {"outcome": "again" if again else "failed"})
        log.warning("lab_not_prepared", prepared_lab_id=lab.id, worker_id=host.worker_id, again=again, reason=reason)
        if again:
            return
        body = PreparationFailed(prepared_lab_id=lab.id, worker_id=host.worker_id, reason=reason[:2000])
        await self._pools.failed(body)
