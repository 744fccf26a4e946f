"""PENDING: a planned worker is left alone; of a wanted one exactly one instance is to exist, and be reported."""

from __future__ import annotations

from datetime import datetime, timedelta

from lcm_core.clock import Clock
from lcm_core.contracts.workers import WorkerLaunched
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.provisioning import FailureEvidence
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import Done, RequeueAfter, Result
from worker_controller.application.ports import Ec2Port
from worker_controller.application.services import provisioning_metrics
from worker_controller.application.services.launcher import Launched, Launcher
from worker_controller.application.services.reports import WorkerReports
from worker_controller.domain.launch_plan import summary
from worker_controller.domain.pace import TransitionPace
from worker_controller.domain.visibility import may_be_invisible


class LaunchPhase:
    """A launch that cannot succeed fails the worker at once; one that might is tried for *give_up_seconds*.

    EC2 may need *visible_seconds* before it lists an instance that it has launched.
    """

    def __init__(
        self,
        ec2: Ec2Port,
        launcher: Launcher,
        reports: WorkerReports,
        *,
        clock: Clock,
        pace: TransitionPace,
        give_up_seconds: float,
        visible_seconds: float,
    ) -> None:
        self._ec2 = ec2
        self._launcher = launcher
        self._reports = reports
        self._clock = clock
        self._pace = pace
        self._give_up = timedelta(seconds=give_up_seconds)
        self._visible = timedelta(seconds=visible_seconds)

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        match worker.desired_status:
            case WorkerDesiredStatus.TERMINATED:
                return await self._cancel(worker)
            case WorkerDesiredStatus.STOPPED:
                # bookings hold room on it, and the first one is not near: it is woken by a change of what is wanted
                return Done()
            case WorkerDesiredStatus.RUNNING:
                return await self._bring_about(worker)

    async def _bring_about(self, worker: CMLWorkerReadModel) -> Result:
        tried_for = self._clock.now() - _wanted_since(worker)
        try:
            outcome = await self._launcher.launch(worker)
        except FarEndError as error:
            if error.retryable and tried_for < self._give_up:
                raise
            return await self._failed(worker, f"could not be launched: {error}")
        if isinstance(outcome, Launched):
            return await self._launched(worker, outcome)
        if tried_for < self._give_up:
            return RequeueAfter(outcome.retry_after_seconds, "EC2 to have an instance again")
        return await self._failed(worker, f"could not be launched: {summary(outcome.attempts)}")

    async def _launched(self, worker: CMLWorkerReadModel, launched: Launched) -> Result:
        instance, attempt = launched.instance, launched.attempt
        seconds = (self._clock.now() - _wanted_since(worker)).total_seconds()
        provisioning_metrics.step_took("LAUNCH", worker.template_name, seconds)
        return await self._reports.launched(
            worker,
            WorkerLaunched(
                ec2_instance_id=instance.id,
                ami_id=instance.image_id,
                ami_name=attempt.image_name if attempt is not None else instance.image_id,
                private_ip=instance.private_ip,
                attempt=attempt.number if attempt is not None else None,
            ),
        )

    async def _failed(self, worker: CMLWorkerReadModel, reason: str) -> Result:
        """Its launches are on record; there is nothing else to show of an instance that never was."""
        seconds = (self._clock.now() - _wanted_since(worker)).total_seconds()
        provisioning_metrics.step_took("LAUNCH", worker.template_name, seconds, failed=True)
        return await self._reports.failed(worker, reason, FailureEvidence())

    async def _cancel(self, worker: CMLWorkerReadModel) -> Result:
        """Nobody wants it any more; an instance whose launch was not reported goes first."""
        launched = await self._ec2.find_by_worker(worker.region, worker.id)
        if not launched and may_be_invisible(worker, self._clock.now(), self._visible):
            return RequeueAfter(self._pace.longest_seconds, "an instance that EC2 may not show yet")
        if not launched:
            return await self._reports.terminated(worker, "cancelled before anything was launched")
        for instance in launched:
            await self._ec2.terminate(worker.region, instance.id)
        return RequeueAfter(self._pace.longest_seconds, "an instance launched in vain to be terminated")


def _wanted_since(worker: CMLWorkerReadModel) -> datetime:
    """A planned worker may be months old when it is woken; it is expected its start-up time after that."""
    if worker.expected_ready_at is None:
        return worker.status_changed_at
    return max(worker.status_changed_at, worker.expected_ready_at - timedelta(seconds=worker.startup_seconds))
