"""Who waits for a place, in the order in which room is given, and why."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, Field

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.domain.enums import BookingPriority, LabletSessionStatus
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.domain.values import PromiseRisk
from lcm_core.placement.queue_order import queue_order
from lcm_core.placement.snapshots import placement_request


class WaitingSession(BaseModel):
    """A session that is not placed yet."""

    position: int = Field(description="From 1, in the order in which room is given: by priority, then by deadline.")
    session_id: str
    definition_name: str
    priority: BookingPriority
    starts_at: AwareDatetime
    age_seconds: float = Field(description="Since it was booked.")
    promised_worker_id: str | None = Field(description="The worker that holds its room; null when none does.")
    promise_risk: PromiseRisk | None = Field(description="Set while it may begin late.")
    reason: str = Field(description="Why it waits, as it was last decided; empty while nobody had to look at it.")


class SchedulingQueue(BaseModel):
    """``sessions`` are the first ones of all ``total``."""

    at: AwareDatetime
    total: int
    unpromised: int
    at_risk: int = Field(description="Promised, and may begin late.")
    sessions: list[WaitingSession]


@dataclass(frozen=True, slots=True)
class GetSchedulingQueueQuery(Query[SchedulingQueue]):
    limit: int = 200


class GetSchedulingQueueQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def handle(self, query: GetSchedulingQueueQuery) -> SchedulingQueue:
        now = self._clock.now()
        pending = await self._sessions.in_any("status", [LabletSessionStatus.PENDING.value])
        in_order = sorted(pending, key=lambda row: queue_order(placement_request(row)))
        return SchedulingQueue(
            at=now,
            total=len(in_order),
            unpromised=sum(row.promised_worker_id is None for row in in_order),
            at_risk=sum(row.promise_risk is not None for row in in_order),
            sessions=[
                WaitingSession(
                    position=place,
                    session_id=row.id,
                    definition_name=row.definition_name,
                    priority=row.priority,
                    starts_at=row.timeslot.start,
                    age_seconds=round((now - row.created_at).total_seconds(), 3),
                    promised_worker_id=row.promised_worker_id,
                    promise_risk=row.promise_risk,
                    reason=row.pending_reason,
                )
                for place, row in enumerate(in_order[: query.limit], start=1)
            ],
        )
