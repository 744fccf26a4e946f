"""The far end of the workers: what worker-controller does to them, hosts that take their time, and some that die."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from bench.month.hosts import HostHours
from bench.month.live_plane import LivePlane
from bench.month.rivals import Fleet
from bench.month.trouble import Trouble
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_launched_command import WorkerLaunchedCommand
from control_plane_api.application.commands.worker.worker_ready_command import WorkerReadyCommand
from control_plane_api.application.commands.worker.worker_starting_command import WorkerStartingCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_stopping_command import WorkerStoppingCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.domain.entities import CMLWorker
from lcm_core.contracts.workers import DrainWorker, WorkerFailed, WorkerLaunched, WorkerReady, WorkerStatusReport
from lcm_core.domain.enums import CMLWorkerStatus, LicenseStatus, LicenseType, WorkerDesiredStatus
from lcm_core.domain.errors import DomainError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import WorkerLicense
from worker_controller.domain.scale_down import ScaleDownFacts, ScaleDownPolicy, judge

_W = CMLWorkerStatus
_LICENCE = WorkerLicense(type=LicenseType.ENTERPRISE, status=LicenseStatus.REGISTERED, node_limit=2000)
_REPORT = WorkerStatusReport(reason="seen")
_STOP_SECONDS = 120
_CHECK_SECONDS = 300
READINESS_DEADLINE_FACTOR = 2
"""As WORKER_CONTROLLER_READINESS_DEADLINE_FACTOR: who takes so many times its start has failed."""
FAILED_KEEP_SECONDS = 600


class LiveHosts:
    """*died* is told which worker died while it served."""

    def __init__(
        self,
        plane: LivePlane,
        hours: HostHours,
        fleet: Fleet,
        trouble: Trouble,
        tasks: asyncio.TaskGroup,
        died: Callable[[str], None],
    ) -> None:
        self._plane = plane
        self._hours = hours
        self._fleet = fleet
        self._trouble = trouble
        self._tasks = tasks
        self._died = died
        self._random = random.Random(2)
        self._last_served: dict[str, datetime] = {}
        self._looked_after: set[str] = set()
        self.starts = 0
        self.failed_starts = 0

    @property
    def _minute(self) -> int:
        return int(self._plane.clock.minute)

    def served(self, worker_id: str) -> None:
        self._last_served[worker_id] = self._plane.clock.now()

    async def run(self) -> None:
        """Until cancelled: look after each worker from the moment it is on record."""
        self._tasks.create_task(self._scale_down())
        while True:
            for row in self._plane.workers():
                if row.id not in self._looked_after:
                    self._looked_after.add(row.id)
                    self._tasks.create_task(self._look_after(row.id))
            await self._plane.change_of(CMLWorker.kind)

    async def _look_after(self, worker_id: str) -> None:
        while True:
            row = self._plane.worker(worker_id)
            wanted = row.desired_status
            if row.status is _W.TERMINATED:
                return
            if row.status is _W.FAILED:
                await asyncio.sleep(FAILED_KEEP_SECONDS)
                await self._report(WorkerTerminatedCommand, worker_id)
            elif row.status is _W.PENDING and wanted is WorkerDesiredStatus.TERMINATED:
                await self._report(WorkerTerminatedCommand, worker_id)
            elif row.status in (_W.PENDING, _W.STOPPED) and wanted is WorkerDesiredStatus.RUNNING:
                await self._bring_up(row)
            elif row.status is _W.DRAINING and not any(each.granted for each in row.allocations):
                await self._stop(worker_id)
            else:
                await self._plane.change_of(worker_id)

    async def _bring_up(self, row: CMLWorkerReadModel) -> None:
        if row.status is _W.PENDING:
            launched = WorkerLaunched(ec2_instance_id=f"i-{row.id[:8]}", ami_id="ami-1", ami_name="CML-2.9.1")
            await self._plane.do(WorkerLaunchedCommand(row.id, launched))
        else:
            await self._report(WorkerStartingCommand, row.id)
        self._hours.goes_up(row.id, self._minute)
        self.starts += 1
        longest = self._fleet.startup * 60
        if self._trouble.start_fails(self.starts):
            self.failed_starts += 1
            await asyncio.sleep(READINESS_DEADLINE_FACTOR * longest)
            await self._fail(row.id, "it never came up")
            return
        await asyncio.sleep(self._random.randint(longest * 2 // 3, longest))
        ready = WorkerReady(private_ip="127.10.0.4", cml_version="2.9.1", license=_LICENCE, measured=row.declared)
        await self._plane.do(WorkerReadyCommand(row.id, ready))
        self.served(row.id)

    async def _stop(self, worker_id: str) -> None:
        await self._report(WorkerStoppingCommand, worker_id)
        await asyncio.sleep(_STOP_SECONDS)
        await self._report(WorkerStoppedCommand, worker_id)
        self._hours.goes_down(worker_id, self._minute)

    async def _fail(self, worker_id: str, why: str) -> None:
        await self._plane.do(WorkerFailedCommand(worker_id, WorkerFailed(reason=why)))
        self._hours.goes_down(worker_id, self._minute)

    async def kill_the_busiest(self) -> None:
        """The worker with the most sessions dies, if any serves."""
        serving = [row for row in self._plane.workers() if row.status is _W.RUNNING]
        if not serving:
            return
        busiest = max(serving, key=lambda row: (sum(each.granted for each in row.allocations), row.id))
        await self._report(WorkerTerminatedCommand, busiest.id)
        self._hours.goes_down(busiest.id, self._minute)
        self._died(busiest.id)

    async def _scale_down(self) -> None:
        """By the guards of worker-controller, the fleet and the cool-down included."""
        policy = ScaleDownPolicy(
            enabled=True,
            min_workers=0,
            look_ahead_seconds=1800,
            idle_seconds=self._fleet.idle * 60,
            cooldown_seconds=600,
        )
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            fleet = tuple(self._seen(row) for row in self._plane.workers())
            for worker in fleet:
                if worker.status is not _W.RUNNING or worker.desired_status is not WorkerDesiredStatus.RUNNING:
                    continue
                facts = ScaleDownFacts(worker, fleet, self._unplaced(policy), self._plane.clock.now())
                answer = judge(facts, policy)
                if answer.refused_by is None:
                    with suppress(DomainError):  # a booking was faster: the aggregate keeps the worker
                        await self._plane.do(DrainWorkerCommand(worker.id, DrainWorker(reason=answer.why)))
                        break

    def _seen(self, row: CMLWorkerReadModel) -> CMLWorkerReadModel:
        return row.model_copy(update={"last_activity_at": self._last_served.get(row.id)})

    def _unplaced(self, policy: ScaleDownPolicy) -> int:
        horizon = self._plane.clock.now() + timedelta(seconds=policy.look_ahead_seconds)
        return sum(
            row.status.value == "PENDING" and row.promised_worker_id is None and row.occupation().start <= horizon
            for row in self._plane.live_sessions()
        )

    async def _report(self, command: Any, worker_id: str) -> None:
        await self._plane.do(command(worker_id, _REPORT))
