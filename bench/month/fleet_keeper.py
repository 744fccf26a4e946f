"""Brings workers up for their first booking and puts them to sleep behind the guards, by the controllers' rules."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from bench.month.hosts import HostHours
from bench.month.plane import Plane
from bench.month.rivals import Fleet
from control_plane_api.application.commands.lablet_session.promise_capacity_command import PromiseCapacityCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_launched_command import WorkerLaunchedCommand
from control_plane_api.application.commands.worker.worker_ready_command import WorkerReadyCommand
from control_plane_api.application.commands.worker.worker_starting_command import WorkerStartingCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_stopping_command import WorkerStoppingCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from lcm_core.contracts.sessions import PromiseCapacity
from lcm_core.contracts.workers import (
    DrainWorker,
    SetDesiredStatus,
    WorkerFailed,
    WorkerLaunched,
    WorkerReady,
    WorkerStatusReport,
)
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, LicenseStatus, LicenseType, WorkerDesiredStatus
from lcm_core.domain.errors import DomainError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import WorkerLicense
from lcm_core.placement.consolidation import plan_consolidation
from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.packing import EFFORT_OF_100_MS, within
from lcm_core.placement.snapshots import placement_request
from resource_scheduler.domain.supply import rests, wake_at
from worker_controller.domain.scale_down import ScaleDownFacts, ScaleDownPolicy, judge

_W = CMLWorkerStatus
_SLACK_SECONDS = 60
_LOOK_AGAIN_MINUTES = 15
_SETTLED = timedelta(minutes=30)
_MOVES = 20
_LICENCE = WorkerLicense(type=LicenseType.ENTERPRISE, status=LicenseStatus.REGISTERED, node_limit=2000)
_REPORT = WorkerStatusReport(reason="seen")

At = Callable[[int, Callable[[], None]], None]


class FleetKeeper:
    def __init__(
        self,
        plane: Plane,
        hours: HostHours,
        fleet: Fleet,
        at: At,
        unlucky: frozenset[int],
        *,
        came_up: Callable[[], None],
    ) -> None:
        self._plane = plane
        self._hours = hours
        self._fleet = fleet
        self._at = at
        self._unlucky = unlucky
        self._came_up = came_up
        self._random = random.Random(2)
        self._begins = plane.now
        self._launches = 0
        self._last_served: dict[str, datetime] = {}
        self.moved = 0

    @property
    def _minute(self) -> int:
        return int((self._plane.now - self._begins).total_seconds() // 60)

    # -- up

    def look_at(self, worker_id: str | None) -> None:
        """Its bookings have changed: have it up in time, at once if that is wanted, or give it up."""
        worker = self._plane.worker(worker_id) if worker_id is not None else None
        if worker is None:
            return
        if worker.status is _W.PENDING and worker.desired_status is WorkerDesiredStatus.RUNNING:
            self._launch(worker)
        elif rests(worker):
            self._wake_when_due(worker)

    def _wake_when_due(self, worker: CMLWorkerReadModel) -> None:
        seconds = self._fleet.startup * 60
        due = wake_at(worker, self._plane.now, start_seconds=seconds, slack_seconds=_SLACK_SECONDS)
        if due is None:
            if worker.planned:
                self._want(worker.id, WorkerDesiredStatus.TERMINATED)
                self._plane.do(WorkerTerminatedCommand(worker.id, _REPORT))
            return
        if due > self._plane.now:
            minute = int((due - self._begins).total_seconds() // 60)
            self._at(max(minute, self._minute + 1), lambda: self.look_at(worker.id))
            return
        self._want(worker.id, WorkerDesiredStatus.RUNNING)
        self._launch(worker)

    def _launch(self, worker: CMLWorkerReadModel) -> None:
        if worker.status is _W.PENDING:
            launched = WorkerLaunched(ec2_instance_id=f"i-{worker.id[:8]}", ami_id="ami-1", ami_name="CML-2.9.1")
            self._plane.do(WorkerLaunchedCommand(worker.id, launched))
        else:
            self._plane.do(WorkerStartingCommand(worker.id, _REPORT))
        self._hours.goes_up(worker.id, self._minute)
        number, self._launches = self._launches, self._launches + 1
        takes = self._random.randint(self._fleet.startup * 2 // 3, self._fleet.startup)
        outcome = self._fails if number in self._unlucky else self._serves
        self._at(self._minute + takes, lambda: outcome(worker.id))

    def _serves(self, worker_id: str) -> None:
        row = self._plane.worker(worker_id)
        ready = WorkerReady(private_ip="127.10.0.4", cml_version="2.9.1", license=_LICENCE, measured=row.declared)
        self._plane.do(WorkerReadyCommand(worker_id, ready))
        self._last_served[worker_id] = self._plane.now
        self._at(self._minute + _LOOK_AGAIN_MINUTES, lambda: self._rest_if_idle(worker_id))
        self._came_up()

    def _fails(self, worker_id: str) -> None:
        """Nobody gets what it promised from it; others take the promises over, late ones included."""
        held = [each.session_id for each in self._plane.worker(worker_id).allocations]
        self._plane.do(WorkerFailedCommand(worker_id, WorkerFailed(reason="it never came up")))
        self._hours.goes_down(worker_id, self._minute)
        for session_id in held:
            self._promise_again(session_id)
        self._came_up()

    def _promise_again(self, session_id: str) -> None:
        """Until somebody can: a template whose worker has just failed is left alone for a while."""
        if self._plane.session(session_id).status is not LabletSessionStatus.PENDING:
            return
        body = PromiseCapacity(reason="its worker failed")
        answer = self._plane.do(PromiseCapacityCommand(session_id, body))
        if answer.worker_id is None:
            self._at(self._minute + 1, lambda: self._promise_again(session_id))
        self.look_at(answer.worker_id)

    # -- down

    def served(self, worker_id: str) -> None:
        self._last_served[worker_id] = self._plane.now
        self.look_at(worker_id)

    def _rest_if_idle(self, worker_id: str) -> None:
        worker = self._plane.worker(worker_id)
        if worker.status is not _W.RUNNING:
            return
        policy = ScaleDownPolicy(
            enabled=True,
            min_workers=0,
            look_ahead_seconds=1800,
            idle_seconds=self._fleet.idle * 60,
            cooldown_seconds=0,
        )
        seen = worker.model_copy(update={"last_activity_at": self._last_served.get(worker_id)})
        answer = judge(ScaleDownFacts(seen, (seen,), 0, self._plane.now), policy)
        if answer.refused_by is not None or not self._drained(worker_id, answer.why):
            self._at(self._minute + _LOOK_AGAIN_MINUTES, lambda: self._rest_if_idle(worker_id))

    def _drained(self, worker_id: str, why: str) -> bool:
        try:
            self._plane.do(DrainWorkerCommand(worker_id, DrainWorker(reason=why)))
        except DomainError:
            return False
        self._plane.do(WorkerStoppingCommand(worker_id, _REPORT))
        self._plane.do(WorkerStoppedCommand(worker_id, _REPORT))
        self._hours.goes_down(worker_id, self._minute)
        self.look_at(worker_id)
        return True

    # -- fewer

    def consolidate(self) -> None:
        """Move what has not begun so that a worker need not be there, within a budget."""
        movable = self._movable()
        if not movable:
            return
        plan = plan_consolidation(self._plane.snapshot(), movable, max_moves=_MOVES, may_go_on=within(EFFORT_OF_100_MS))
        touched: dict[str, None] = {}
        for move in plan.moves[:_MOVES]:
            body = PromiseCapacity(reason=move.why, worker_id=move.to_worker_id)
            try:
                self._plane.do(PromiseCapacityCommand(move.session_id, body))
            except DomainError:
                break
            self.moved += 1
            touched |= {move.from_worker_id: None, move.to_worker_id: None}
        for worker_id in touched:
            self.look_at(worker_id)

    def _movable(self) -> list[PlacementRequest]:
        ahead = self._plane.now + _SETTLED
        held = [each for worker in self._plane.workers() for each in worker.allocations if not each.granted]
        sessions = [self._plane.session(each.session_id) for each in held if each.interval.start > ahead]
        return [placement_request(session) for session in sessions]

    def _want(self, worker_id: str, desired: WorkerDesiredStatus) -> None:
        body = SetDesiredStatus(desired_status=desired, reason="bookings")
        self._plane.do(SetWorkerDesiredStatusCommand(worker_id, body))
