"""Brings one worker from how it is to how it is wanted."""

from __future__ import annotations

from collections.abc import Mapping

from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import NotFound
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.reconcile import Done, Result
from worker_controller.application.phases.phase import Phase


class WorkerReconciler:
    """*phases* handle every status but TERMINATED; stopped workers are looked at like all others."""

    def __init__(self, workers: WorkersApi, phases: Mapping[CMLWorkerStatus, Phase]) -> None:
        missing = set(CMLWorkerStatus) - {CMLWorkerStatus.TERMINATED} - phases.keys()
        if missing:
            raise ValueError(f"no phase handles workers that are {', '.join(sorted(missing))}")
        self._workers = workers
        self._phases = dict(phases)

    async def list_keys(self) -> list[str]:
        """Planned workers are left out: nothing is to be done for them, and who wants one wakes its key."""
        return [worker.id for worker in await self._workers.list() if not worker.planned]

    async def reconcile(self, key: str) -> Result:
        try:
            worker = await self._workers.get(key)
        except NotFound:
            return Done()
        phase = self._phases.get(worker.status)
        return await phase.step(worker) if phase is not None else Done()
