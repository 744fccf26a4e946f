"""Whatever may be told of workers, or asked of them, at any time."""

from __future__ import annotations

from datetime import timedelta

from control_plane_api.application.commands.worker.allocate_capacity_command import AllocateCapacityCommand
from control_plane_api.application.commands.worker.cancel_drain_command import CancelDrainCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.release_capacity_command import ReleaseCapacityCommand
from control_plane_api.application.commands.worker.report_worker_health_command import ReportWorkerHealthCommand
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.commands.worker.update_worker_capacity_command import UpdateWorkerCapacityCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_launched_command import WorkerLaunchedCommand
from control_plane_api.application.commands.worker.worker_ready_command import WorkerReadyCommand
from control_plane_api.application.commands.worker.worker_starting_command import WorkerStartingCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_stopping_command import WorkerStoppingCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.application.commands.worker.worker_terminating_command import WorkerTerminatingCommand
from control_plane_api.domain.entities import CMLWorker
from control_plane_api.testing.unruly_record import LICENCE, ROOM_FOR_ONE, WORKERS, UnrulyRecord, require
from lcm_core.contracts.workers import (
    AllocateCapacity,
    DrainWorker,
    ReleaseCapacity,
    ReportWorkerHealth,
    SetDesiredStatus,
    WorkerFailed,
    WorkerLaunched,
    WorkerReady,
    WorkerStatusReport,
)
from lcm_core.domain.enums import WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.values import WorkerLicense


class UnrulyWorkers(UnrulyRecord):
    """Each is one command; what it may not do is required here."""

    def worker_up(self, worker: str) -> None:
        self.launched(worker)
        self.worker_ready(worker, LICENCE)

    def wake(self, number: int) -> None:
        """Bring up one of the workers that admission planned."""
        planned = sorted(worker.id for worker in self.store.all(CMLWorker) if worker.id not in WORKERS)
        if planned:
            worker = planned[number % len(planned)]
            self.desire(worker, WorkerDesiredStatus.RUNNING, False)
            self.worker_up(worker)

    def launched(self, worker: str) -> None:
        request = WorkerLaunched(ec2_instance_id=f"i-{worker}", ami_id="a", ami_name="CML-2.9")
        self._do(WorkerLaunchedCommand(worker, request))

    def worker_ready(self, worker: str, license: WorkerLicense) -> None:
        request = WorkerReady(private_ip="127.10.0.4", cml_version="2.9", license=license, measured=ROOM_FOR_ONE)
        self._do(WorkerReadyCommand(worker, request))

    def health(self, worker: str, status: WorkerServiceStatus) -> None:
        self._do(ReportWorkerHealthCommand(worker, ReportWorkerHealth(service_status=status)))

    def drain(self, worker: str, force: bool) -> None:
        had = self.store.get(CMLWorker, worker).state.allocations
        changed = self._do(
            DrainWorkerCommand(worker, DrainWorker(reason="drain", force=force)),
        )
        live = [each for each in had if each.interval.start < self.now + timedelta(hours=1)]
        require(force or not (changed and live), "a worker with live sessions was drained")

    def cancel_drain(self, worker: str) -> None:
        self._do(CancelDrainCommand(worker))

    def desire(self, worker: str, desired: WorkerDesiredStatus, force: bool) -> None:
        request = SetDesiredStatus(desired_status=desired, reason="wanted", force=force)
        self._do(SetWorkerDesiredStatusCommand(worker, request))

    def observe(self, worker: str, fact: str) -> None:
        commands = {
            "starting": WorkerStartingCommand,
            "stopping": WorkerStoppingCommand,
            "stopped": WorkerStoppedCommand,
            "terminating": WorkerTerminatingCommand,
            "terminated": WorkerTerminatedCommand,
        }
        self._do(commands[fact](worker, WorkerStatusReport(reason="seen")))

    def fail(self, worker: str) -> None:
        self._do(WorkerFailedCommand(worker, WorkerFailed(reason="broken")))

    def release(self, worker: str, session: str) -> None:
        self._do(ReleaseCapacityCommand(worker, ReleaseCapacity(session_id=session)))

    def allocate(self, worker: str, session: str) -> None:
        self._do(AllocateCapacityCommand(worker, AllocateCapacity(session_id=session)))

    def declare(self, worker: str, cpu_cores: int) -> None:
        declared = ROOM_FOR_ONE.model_copy(update={"cpu_cores": cpu_cores})
        self._do(UpdateWorkerCapacityCommand(worker, declared, "resized"))
