"""Moves bookings that have not begun so that workers can go, a few at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from lcm_core.contracts.sessions import PromiseCapacity
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.snapshots import placement_request
from lcm_core.reconcile import Done, RequeueAfter, Result
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.server_clock import ServerClock

log = structlog.stdlib.get_logger(__name__)

CONSOLIDATION_KEY = "fleet"
_HOUR_SECONDS = 3600.0


class Move(Protocol):
    """Have the room of one session held by another worker."""

    @property
    def session_id(self) -> str: ...

    @property
    def from_worker_id(self) -> str: ...

    @property
    def to_worker_id(self) -> str: ...

    @property
    def why(self) -> str: ...


class ConsolidationPlanner(Protocol):
    async def __call__(
        self, fleet: FleetSnapshot, movable: Sequence[PlacementRequest], *, max_moves: int
    ) -> Sequence[Move]:
        """At most *max_moves* of *movable*, which are promised and have not begun, in the order of making them."""
        ...


@dataclass(frozen=True, slots=True)
class ConsolidationPolicy:
    """At most so many moves in one pass and in any hour; nothing is moved that begins within *settle_seconds*."""

    enabled: bool
    moves_per_pass: int
    moves_per_hour: int
    settle_seconds: float


class Consolidation:
    """Implements ``Reconciler`` with one key. The plan proposes; the worker that is to hold the room decides."""

    def __init__(
        self,
        sessions: SessionsApi,
        fleet: FleetView,
        plan: ConsolidationPlanner,
        policy: ConsolidationPolicy,
        *,
        clock: ServerClock,
    ) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._plan = plan
        self._policy = policy
        self._clock = clock
        self._moved_at: deque[float] = deque()

    async def list_keys(self) -> list[str]:
        return [CONSOLIDATION_KEY] if self._policy.enabled else []

    async def reconcile(self, key: str) -> Result:
        if not self._policy.enabled:
            return Done()
        budget = self._budget()
        if budget == 0:
            rest = self._moved_at[0] + _HOUR_SECONDS - self._clock.monotonic() if self._moved_at else _HOUR_SECONDS
            return RequeueAfter(max(rest, 1.0), "the budget of this hour")
        requests = await self._movable()
        fleet = await self._fleet.snapshot()
        moves = await self._plan(fleet, requests, max_moves=budget)
        touched: set[str] = set()
        for move in moves[:budget]:
            touched |= {move.from_worker_id, move.to_worker_id}
            if not await self._apply(move):
                # the plan was made on other facts than these
                break
        for worker_id in sorted(touched):
            await self._fleet.refresh(worker_id)
        return Done()

    def _budget(self) -> int:
        now = self._clock.monotonic()
        while self._moved_at and now - self._moved_at[0] >= _HOUR_SECONDS:
            self._moved_at.popleft()
        return max(0, min(self._policy.moves_per_pass, self._policy.moves_per_hour - len(self._moved_at)))

    async def _movable(self) -> list[PlacementRequest]:
        now = await self._clock.sync()
        pending = await self._sessions.list([LabletSessionStatus.PENDING])
        return [
            placement_request(row)
            for row in pending
            if row.promised_worker_id is not None
            and not row.terminate_requested
            and (row.occupation().start - now).total_seconds() > self._policy.settle_seconds
        ]

    async def _apply(self, move: Move) -> bool:
        body = PromiseCapacity(reason=move.why, worker_id=move.to_worker_id)
        try:
            answer = await self._sessions.promise(move.session_id, body)
        except (DomainError, NotFound) as refused:
            scheduler_metrics.consolidated("refused")
            log.info("consolidation_move_refused", session_id=move.session_id, reason=str(refused))
            return False
        scheduler_metrics.consolidated("moved" if answer.changed else "unchanged")
        if answer.changed:
            self._moved_at.append(self._clock.monotonic())
            log.info(
                "consolidation_moved",
                session_id=move.session_id,
                from_worker=move.from_worker_id,
                to_worker=move.to_worker_id,
                reason=move.why,
            )
        return True
