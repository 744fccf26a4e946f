"""What an operator wants to know of the scheduler: who waits and why, what was decided, what lies ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field

from lcm_core.domain.enums import BookingPriority, LabletSessionStatus
from lcm_core.domain.read_models import LabletSessionReadModel, PlacementDecision
from lcm_core.domain.scheduling_rules import RuleTold, SchedulingRules
from lcm_core.domain.values import PromiseRisk
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.placement.engine import ENGINE_VERSION
from lcm_core.placement.filters import FILTERS
from lcm_core.placement.landscape import Landscape, landscape
from lcm_core.placement.queue_order import queue_order
from lcm_core.placement.snapshots import placement_request
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.placer import Placer
from resource_scheduler.application.services.scheduler_policy import SchedulerPolicy
from resource_scheduler.application.services.server_clock import ServerClock
from resource_scheduler.application.services.session_reconciler import SessionReconciler
from resource_scheduler.application.services.waiting_sessions import WaitingSessions
from resource_scheduler.domain.due_gate import Due, DueGate


class QueueRow(BaseModel):
    """A session that is not placed yet."""

    position: int = Field(description="From 1, in the order in which room is given: due ones, by priority, deadline.")
    session_id: str
    priority: BookingPriority
    starts_at: AwareDatetime
    due_at: AwareDatetime = Field(description="From when on it may be placed.")
    given_up_at: AwareDatetime
    due: bool
    age_seconds: float = Field(description="Since it was booked.")
    promised_worker_id: str | None = Field(description="The worker that holds its room; null when none does.")
    promise_risk: PromiseRisk | None = Field(
        description="Set while it may begin late: the worker that was to have its room has not come up."
    )
    reason: str = Field(description="Why it waits, as the session tells it.")
    times_in_vain: int = Field(description="How often this instance found no room for it, in a row.")


class Queue(BaseModel):
    at: AwareDatetime
    total: int
    due: int
    unpromised: int
    at_risk: int = Field(description="Promised, and may begin late.")
    sessions: list[QueueRow]


class PolicyReport(BaseModel):
    policy: SchedulerPolicy = Field(description="As the settings of this instance say it, in seconds.")
    engine_version: str
    filters: list[str] = Field(description="What a worker must pass, in order.")
    slowest_starts_seconds: dict[str, float] = Field(description="By template, as this instance has seen them.")
    clock_skew_seconds: float | None = Field(description="This machine ahead of the server; null until it was read.")


class SchedulerReport:
    """Asks for what is on record; what only the leader knows is empty on another instance."""

    def __init__(
        self,
        client: ControlPlaneApiClient,
        fleet: FleetView,
        sessions: SessionReconciler,
        waiting: WaitingSessions,
        placer: Placer,
        policy: SchedulerPolicy,
        clock: ServerClock,
    ) -> None:
        self._client = client
        self._fleet = fleet
        self._sessions = sessions
        self._waiting = waiting
        self._placer = placer
        self._policy = policy
        self._clock = clock

    async def queue(self, limit: int) -> Queue:
        now, gate = await self._clock.sync(), await self._sessions.gate()
        pending = await self._client.sessions.list([LabletSessionStatus.PENDING])

        def order(row: LabletSessionReadModel) -> tuple[object, ...]:
            return gate.at(now, row) is Due.EARLY, *queue_order(placement_request(row))

        rows = [self._row(place, row, gate, now) for place, row in enumerate(sorted(pending, key=order), start=1)]
        return Queue(
            at=now,
            total=len(rows),
            due=sum(row.due for row in rows),
            unpromised=sum(row.promised_worker_id is None for row in rows),
            at_risk=sum(row.promise_risk is not None for row in rows),
            sessions=rows[:limit],
        )

    def _row(self, position: int, row: LabletSessionReadModel, gate: DueGate, now: datetime) -> QueueRow:
        return QueueRow(
            position=position,
            session_id=row.id,
            priority=row.priority,
            starts_at=row.timeslot.start,
            due_at=gate.opens_at(row),
            given_up_at=gate.closes_at(row),
            due=gate.at(now, row) is Due.NOW,
            age_seconds=round((now - row.created_at).total_seconds(), 3),
            promised_worker_id=row.promised_worker_id,
            promise_risk=row.promise_risk,
            reason=row.pending_reason,
            times_in_vain=self._waiting.times_in_vain(row.id),
        )

    def decisions(self, limit: int) -> list[PlacementDecision]:
        """Those that this instance made, the last first."""
        return list(reversed(self._placer.decisions))[:limit]

    async def landscape(self, hours: int) -> Landscape:
        now = await self._clock.sync()
        pending = await self._client.sessions.list([LabletSessionStatus.PENDING])
        unpromised = [row for row in pending if row.promised_worker_id is None]
        return landscape(await self._client.workers.list(), unpromised, now, hours)

    async def policy(self) -> PolicyReport:
        return PolicyReport(
            policy=self._policy,
            engine_version=ENGINE_VERSION,
            filters=[each.reason.value for each in FILTERS],
            slowest_starts_seconds=await self._slowest_starts(),
            clock_skew_seconds=self._clock.skew_seconds,
        )

    async def rules(self, settings: Sequence[RuleTold]) -> SchedulingRules:
        """The same for whoever may look; *settings* are those that it was started with."""
        return SchedulingRules(
            engine_version=ENGINE_VERSION,
            filters=tuple(each.reason.value for each in FILTERS),
            weights=self._policy.weights,
            rules=tuple(settings),
            slowest_starts_seconds=await self._slowest_starts(),
            clock_skew_seconds=self._clock.skew_seconds,
        )

    async def _slowest_starts(self) -> dict[str, float]:
        names = sorted(row.name for row in await self._fleet.templates())
        seen = {name: self._fleet.start_times.slowest(name) for name in names}
        return {name: seconds for name, seconds in seen.items() if seconds}
