"""control-plane-api reduced to its answers, so that the scheduler's own logic can be seen alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from lcm_core.contracts.base import Applied
from lcm_core.contracts.clock import ServerTime
from lcm_core.contracts.sessions import (
    AdjustOccupation,
    GiveUpRecovery,
    PromiseAnswer,
    PromiseCapacity,
    RecordPlacementDecision,
    RecordStep,
    ReportPromiseAtRisk,
    ScheduleSession,
    StartCollection,
    StopSession,
    UnscheduleSession,
    WarnSessionEnding,
)
from lcm_core.contracts.workers import RequestScaleUp, ScaleUpAnswer, SetDesiredStatus
from lcm_core.domain.capacity import shortfalls
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.errors import CapacityRefused, IllegalTransition, LcmError, NotFound, RuleViolation
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    LabletSessionReadModel,
    StepRecord,
    WorkerTemplateReadModel,
)
from lcm_core.domain.read_models.lablet_session_read_model import StateChange
from lcm_core.domain.transitions import LABLET_SESSION_VALID_TRANSITIONS
from lcm_core.domain.values import CapacityAllocation, PromiseRisk, Timeslot
from lcm_core.placement.fleet import WorkerSupply
from lcm_core.placement.snapshots import worker_supply
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.placement_builders import NOW, a_worker_row
from resource_scheduler.application.services.server_clock import ServerClock

_S = LabletSessionStatus


@dataclass
class Sessions:
    """``told`` lists every write as (when, session, what)."""

    world: World
    rows: dict[str, LabletSessionReadModel] = field(default_factory=dict)
    decisions: list[RecordPlacementDecision] = field(default_factory=list)
    stopped: dict[str, StopSession] = field(default_factory=dict)
    unscheduled: dict[str, UnscheduleSession] = field(default_factory=dict)
    promises: list[tuple[str, PromiseCapacity]] = field(default_factory=list)
    at_risk: list[tuple[str, ReportPromiseAtRisk]] = field(default_factory=list)
    adjusted: list[tuple[str, AdjustOccupation]] = field(default_factory=list)
    told: list[tuple[Any, str, str]] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)

    async def list(self, statuses: Iterable[LabletSessionStatus] = ()) -> list[LabletSessionReadModel]:
        wanted = set(statuses)
        return [row for row in self.rows.values() if row.status in wanted]

    async def get(self, session_id: str) -> LabletSessionReadModel:
        self.gets.append(session_id)
        if session_id not in self.rows:
            raise NotFound("session", session_id)
        return self.rows[session_id]

    async def schedule(self, session_id: str, body: ScheduleSession) -> Applied:
        self.world.calls += 1
        session, worker = self.rows[session_id], self.world.workers.rows[body.worker_id]
        others = [each for each in worker.allocations if each.session_id != session_id]
        if shortfalls(
            worker.declared, others, session.requirements, session.occupation(), self.world.server_clock.now()
        ):
            raise CapacityRefused("no room any more")
        self.hold(session_id, body.worker_id, granted=True)
        self.change(session_id, worker_id=body.worker_id)
        return self.move(session_id, _S.SCHEDULED)

    async def promise(self, session_id: str, body: PromiseCapacity) -> PromiseAnswer:
        """Whoever is nearest to serving and has room; the worker that was named, or nobody else."""
        self.promises.append((session_id, body))
        self._tell(session_id, "promise")
        before = self.rows[session_id].promised_worker_id
        if body.worker_id is not None and not self._fits(session_id, body.worker_id):
            raise CapacityRefused("no room there")
        able = [each for each in self.world.workers.by_nearness() if each not in body.exclude]
        chosen = body.worker_id or next((each for each in able if self._fits(session_id, each)), None)
        if chosen is None:
            self.let_go(session_id)
        else:
            self.hold(session_id, chosen, granted=False)
        self.change(session_id, promised_worker_id=chosen)
        return PromiseAnswer(worker_id=chosen, changed=chosen != before, summary="" if chosen else "no room anywhere")

    async def promise_at_risk(self, session_id: str, body: ReportPromiseAtRisk) -> PromiseAnswer:
        """Told once for each worker; whoever is nearest to serving holds the room, if anybody else can."""
        row = self.rows[session_id]
        if row.promise_risk is None or row.promise_risk.worker_id != body.worker_id:
            self.at_risk.append((session_id, body))
            now = self.world.server_clock.now()
            risk = PromiseRisk(worker_id=body.worker_id, since=now, reason=body.reason)
            self.change(session_id, promise_risk=risk)
        able = [each for each in self.world.workers.by_nearness() if each not in {*body.exclude, body.worker_id}]
        chosen = next((each for each in able if self._fits(session_id, each)), None)
        if chosen is None:
            return PromiseAnswer(worker_id=body.worker_id, changed=False, summary="no room anywhere")
        self.hold(session_id, chosen, granted=False)
        self.change(session_id, promised_worker_id=chosen)
        return PromiseAnswer(worker_id=chosen, changed=True, summary="")

    def _fits(self, session_id: str, worker_id: str) -> bool:
        session, worker = self.rows[session_id], self.world.workers.rows[worker_id]
        others = [each for each in worker.allocations if each.session_id != session_id]
        now = self.world.server_clock.now()
        return not shortfalls(worker.declared, others, session.requirements, session.occupation(), now)

    async def start_instantiation(self, session_id: str) -> Applied:
        self._tell(session_id, "start_instantiation")
        return self.move(session_id, _S.INSTANTIATING)

    async def warn_ending(self, session_id: str, body: WarnSessionEnding) -> Applied:
        self._tell(session_id, "warn_ending")
        self.change(session_id, ending_warned_for=body.ends_at)
        return Applied(applied=True)

    async def start_collection(self, session_id: str, body: StartCollection) -> Applied:
        self._tell(session_id, f"start_collection: {body.reason}")
        return self.move(session_id, _S.COLLECTING)

    async def record_step(self, session_id: str, body: RecordStep) -> Applied:
        self._tell(session_id, body.step)
        step = StepRecord.model_validate(body.model_dump())
        kept = tuple(each for each in self.rows[session_id].steps if each.step != step.step)
        self.change(session_id, steps=(*kept, step))
        return Applied(applied=True)

    async def adjust_occupation(self, session_id: str, body: AdjustOccupation) -> Applied:
        self._tell(session_id, "adjust_occupation")
        self.adjusted.append((session_id, body))
        worker_id = self.rows[session_id].worker_id or ""
        allocations = tuple(
            each.model_copy(update={"interval": Timeslot(start=each.interval.start, end=body.until)})
            if each.session_id == session_id
            else each
            for each in self.world.workers.rows[worker_id].allocations
        )
        self.world.workers.change(worker_id, allocations=allocations)
        return Applied(applied=True)

    async def stop(self, session_id: str, body: StopSession) -> Applied:
        self._tell(session_id, f"stop: {body.outcome.value}")
        self.stopped[session_id] = body
        on_host = self.rows[session_id].status not in (_S.PENDING, _S.SCHEDULED)
        if not on_host:
            self.let_go(session_id)
        return self.move(session_id, _S.STOPPING if on_host else _S.TERMINATED)

    async def give_up_recovery(self, session_id: str, body: GiveUpRecovery) -> Applied:
        self._tell(session_id, "give_up_recovery")
        hold = self.rows[session_id].recovery
        if hold is None or hold.deadline != body.deadline:
            return Applied(applied=False)
        self.change(session_id, recovery=None)
        return self.move(session_id, _S.STOPPING)

    async def unschedule(self, session_id: str, body: UnscheduleSession) -> Applied:
        self.unscheduled[session_id] = body
        self.change(session_id, status=_S.PENDING, worker_id=None)
        return Applied(applied=True)

    async def record_placement_decision(self, session_id: str, body: RecordPlacementDecision) -> Applied:
        self.decisions.append(body)
        self.change(session_id, pending_reason=body.decision.summary)
        return Applied(applied=True)

    # -- what tests do by hand

    def change(self, session_id: str, **update: Any) -> None:
        row = self.rows[session_id]
        self.rows[session_id] = row.model_copy(update={"version": row.version + 1, **update})

    def move(self, session_id: str, target: LabletSessionStatus) -> Applied:
        row = self.rows[session_id]
        if row.status is target:
            return Applied(applied=False)
        if target not in LABLET_SESSION_VALID_TRANSITIONS[row.status]:
            raise IllegalTransition("session", session_id, row.status.value, target.value)
        now = self.world.server_clock.now()
        change = StateChange(source=row.status, target=target, at=now, by="somebody")
        self.change(session_id, status=target, status_changed_at=now, state_history=(*row.state_history, change))
        return Applied(applied=True)

    def hold(self, session_id: str, worker_id: str, *, granted: bool) -> None:
        """Its room on one worker, and nowhere else."""
        self.let_go(session_id)
        session, worker = self.rows[session_id], self.world.workers.rows[worker_id]
        held = CapacityAllocation(
            session_id=session_id,
            vector=session.requirements,
            interval=session.occupation(),
            allocated_at=NOW,
            granted=granted,
        )
        self.world.workers.change(worker_id, allocations=(*worker.allocations, held))

    def let_go(self, session_id: str) -> None:
        for worker in list(self.world.workers.rows.values()):
            kept = tuple(each for each in worker.allocations if each.session_id != session_id)
            if kept != worker.allocations:
                self.world.workers.change(worker.id, allocations=kept)

    def _tell(self, session_id: str, what: str) -> None:
        self.told.append((self.world.server_clock.now(), session_id, what))


@dataclass
class Workers:
    world: World
    rows: dict[str, CMLWorkerReadModel] = field(default_factory=dict)
    asked: list[RequestScaleUp] = field(default_factory=list)
    wanted: list[tuple[str, SetDesiredStatus]] = field(default_factory=list)
    refusal: LcmError | None = None
    gets: list[str] = field(default_factory=list)

    async def list(self, statuses: Iterable[CMLWorkerStatus] = ()) -> list[CMLWorkerReadModel]:
        return [row for row in self.rows.values() if row.status is not CMLWorkerStatus.TERMINATED]

    async def get(self, worker_id: str) -> CMLWorkerReadModel:
        self.gets.append(worker_id)
        if worker_id not in self.rows:
            raise NotFound("worker", worker_id)
        return self.rows[worker_id]

    async def request_scale_up(self, body: RequestScaleUp) -> ScaleUpAnswer:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(body)
        worker_id = f"new-{body.demand.key}"
        known = worker_id in self.rows
        self.rows[worker_id] = a_worker_row(
            worker_id,
            status=CMLWorkerStatus.PENDING,
            service_status=WorkerServiceStatus.UNKNOWN,
            template_name=body.template_name,
            ami_name=None,
            demand=body.demand,
        )
        return ScaleUpAnswer(worker_id=worker_id, created=not known)

    async def set_desired_status(self, worker_id: str, body: SetDesiredStatus) -> Applied:
        row = self.rows[worker_id]
        if body.desired_status is row.desired_status:
            return Applied(applied=False)
        if body.desired_status is WorkerDesiredStatus.TERMINATED and row.allocations:
            raise RuleViolation("it has bookings", code="worker-has-sessions")
        self.wanted.append((worker_id, body))
        ready_at = self.world.server_clock.now() + timedelta(seconds=row.startup_seconds)
        self.change(worker_id, desired_status=body.desired_status, expected_ready_at=ready_at)
        return Applied(applied=True)

    def change(self, worker_id: str, **update: Any) -> None:
        row = self.rows[worker_id]
        self.rows[worker_id] = row.model_copy(update={"version": row.version + 1, **update})

    def by_nearness(self) -> list[str]:
        rows = [row for row in self.rows.values() if worker_supply(row) is not WorkerSupply.GONE]
        return [row.id for row in sorted(rows, key=lambda row: (worker_supply(row), row.id))]


@dataclass
class Templates:
    rows: list[WorkerTemplateReadModel] = field(default_factory=list)

    async def list(self) -> list[WorkerTemplateReadModel]:
        return list(self.rows)


@dataclass
class Time:
    world: World

    async def read(self) -> ServerTime:
        return ServerTime(now=self.world.server_clock.now())


class World:
    """Sessions, workers and templates on record; the server's clock stands at NOW, and ours with it unless it is set
    apart."""

    def __init__(self) -> None:
        self.server_clock = ManualClock(NOW)
        self.local_clock = self.server_clock
        self.calls = 0
        self.sessions = Sessions(self)
        self.workers = Workers(self)
        self.templates = Templates()
        self.time = Time(self)
        self.clock = ServerClock(self.time, self.local_clock)

    @property
    def client(self) -> Any:
        return SimpleNamespace(sessions=self.sessions, workers=self.workers, templates=self.templates, time=self.time)

    def add(self, *rows: Any) -> None:
        for row in rows:
            if isinstance(row, LabletSessionReadModel):
                self.sessions.rows[row.id] = row
            elif isinstance(row, CMLWorkerReadModel):
                self.workers.rows[row.id] = row
            else:
                self.templates.rows.append(row)

    def add_promised(self, session: LabletSessionReadModel, worker_id: str) -> None:
        """A booking whose room is held by that worker."""
        self.add(session.model_copy(update={"promised_worker_id": worker_id}))
        self.sessions.hold(session.id, worker_id, granted=False)

    def add_placed(self, session: LabletSessionReadModel, worker_id: str) -> None:
        """A session with its own room on that worker."""
        self.add(session.model_copy(update={"promised_worker_id": worker_id, "worker_id": worker_id}))
        self.sessions.hold(session.id, worker_id, granted=True)

    def advance(self, seconds: float) -> None:
        self.server_clock.advance(seconds)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def new_world() -> type[World]:
    return World
