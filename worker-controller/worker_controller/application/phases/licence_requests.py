"""What operators want of a licence, beside the phase that the worker is in."""

from __future__ import annotations

from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.phases.phase import Phase
from worker_controller.application.services.licence_desk import LicenceDesk


class WithLicenceRequests:
    """A phase of workers that serve, with the desk open beside it: neither waits for the other."""

    def __init__(self, phase: Phase, desk: LicenceDesk) -> None:
        self._phase = phase
        self._desk = desk

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        asked = await self._desk.step(worker)
        if asked is not None and isinstance(asked, RequeueAfter) and asked.seconds == 0:
            return asked
        served = await self._phase.step(worker)
        if isinstance(asked, RequeueAfter) and isinstance(served, RequeueAfter):
            return min(asked, served, key=lambda each: each.seconds)
        return served
