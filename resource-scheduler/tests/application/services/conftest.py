"""control-plane-api reduced to its answers, so that the scheduler's own logic can be seen alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import RecordPlacementDecision, ScheduleSession, StopSession, UnscheduleSession
from lcm_core.contracts.workers import RequestScaleUp, ScaleUpAnswer
from lcm_core.domain.capacity import shortfalls
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, WorkerServiceStatus
from lcm_core.domain.errors import CapacityRefused, LcmError, NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WorkerTemplateReadModel
from lcm_core.domain.values import CapacityAllocation
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.placement_builders import NOW, a_worker_row


@dataclass
class Sessions:
    world: World
    rows: dict[str, LabletSessionReadModel] = field(default_factory=dict)
    decisions: list[RecordPlacementDecision] = field(default_factory=list)
    stopped: dict[str, StopSession] = field(default_factory=dict)
    unscheduled: dict[str, UnscheduleSession] = field(default_factory=dict)

    async def list(self, statuses: Iterable[LabletSessionStatus] = ()) -> list[LabletSessionReadModel]:
        wanted = set(statuses)
        return [row for row in self.rows.values() if row.status in wanted]

    async def get(self, session_id: str) -> LabletSessionReadModel:
        if session_id not in self.rows:
            raise NotFound("session", session_id)
        return self.rows[session_id]

    async def schedule(self, session_id: str, body: ScheduleSession) -> Applied:
        self.world.calls += 1
        session, worker = self.rows[session_id], self.world.workers.rows[body.worker_id]
        if shortfalls(worker.declared, worker.allocations, session.requirements, session.occupation(), NOW):
            raise CapacityRefused("no room any more")
        held = CapacityAllocation(
            session_id=session_id, vector=session.requirements, interval=session.occupation(), allocated_at=NOW
        )
        self.world.workers.change(body.worker_id, allocations=(*worker.allocations, held))
        self.change(session_id, status=LabletSessionStatus.SCHEDULED, worker_id=body.worker_id)
        return Applied(applied=True)

    async def stop(self, session_id: str, body: StopSession) -> Applied:
        self.stopped[session_id] = body
        self.change(session_id, status=LabletSessionStatus.TERMINATED)
        return Applied(applied=True)

    async def unschedule(self, session_id: str, body: UnscheduleSession) -> Applied:
        self.unscheduled[session_id] = body
        self.change(session_id, status=LabletSessionStatus.PENDING, worker_id=None)
        return Applied(applied=True)

    async def record_placement_decision(self, session_id: str, body: RecordPlacementDecision) -> Applied:
        self.decisions.append(body)
        self.change(session_id, pending_reason=body.decision.summary)
        return Applied(applied=True)

    def change(self, session_id: str, **update: Any) -> None:
        row = self.rows[session_id]
        self.rows[session_id] = row.model_copy(update={"version": row.version + 1, **update})


@dataclass
class Workers:
    rows: dict[str, CMLWorkerReadModel] = field(default_factory=dict)
    asked: list[RequestScaleUp] = field(default_factory=list)
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

    def change(self, worker_id: str, **update: Any) -> None:
        row = self.rows[worker_id]
        self.rows[worker_id] = row.model_copy(update={"version": row.version + 1, **update})


@dataclass
class Templates:
    rows: list[WorkerTemplateReadModel] = field(default_factory=list)

    async def list(self) -> list[WorkerTemplateReadModel]:
        return list(self.rows)


class World:
    """Sessions, workers and templates on record, and a clock that stands at NOW."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.calls = 0
        self.sessions = Sessions(self)
        self.workers = Workers()
        self.templates = Templates()

    @property
    def client(self) -> Any:
        return SimpleNamespace(sessions=self.sessions, workers=self.workers, templates=self.templates)

    def add(self, *rows: Any) -> None:
        for row in rows:
            if isinstance(row, LabletSessionReadModel):
                self.sessions.rows[row.id] = row
            elif isinstance(row, CMLWorkerReadModel):
                self.workers.rows[row.id] = row
            else:
                self.templates.rows.append(row)


@pytest.fixture
def world() -> World:
    return World()
