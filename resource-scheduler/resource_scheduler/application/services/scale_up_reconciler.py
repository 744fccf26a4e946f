"""Looks at all due sessions whose room nobody holds: asks for the workers that are missing, tells each why it waits.

There is one key, so that two plans are never made at once; each plan is made on a fleet that shows every worker that
has been asked for before.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import uuid4

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.sessions import RecordPlacementDecision
from lcm_core.contracts.workers import RequestScaleUp
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.domain.read_models import LabletSessionReadModel, PlacementDecision, ScaleUpDemand
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.placement.demand_planner import (
    DemandPlan,
    NoSupply,
    RoomNow,
    ScaleUp,
    Supply,
    SupplyRefused,
    plan_demand,
)
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot
from lcm_core.placement.queue_order import queue_order
from lcm_core.placement.snapshots import placement_request
from lcm_core.reconcile import Done, RequeueAfter, Result
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.domain.due_gate import Due, DueGate

log = structlog.stdlib.get_logger(__name__)

FLEET_KEY = "fleet"


@dataclass(frozen=True, slots=True)
class _Pass:
    """One look at the queue."""

    sessions: list[LabletSessionReadModel]
    fleet: FleetSnapshot
    plan: DemandPlan


class ScaleUpReconciler:
    """*wake* has one session placed again: the plan saw room for it. *remember* is told of every decision."""

    def __init__(
        self,
        client: ControlPlaneApiClient,
        fleet: FleetView,
        *,
        clock: Clock,
        gate: Callable[[], Awaitable[DueGate]],
        wake: Callable[[str], None],
        refused_retry_seconds: float,
        remember: Callable[[PlacementDecision], None] = lambda _decision: None,
        engine: PlacementEngine | None = None,
    ) -> None:
        self._client = client
        self._fleet = fleet
        self._clock = clock
        self._gate = gate
        self._wake = wake
        self._refused_retry_seconds = refused_retry_seconds
        self._remember = remember
        self._engine = engine or PlacementEngine()

    async def list_keys(self) -> list[str]:
        return [FLEET_KEY]

    async def reconcile(self, key: str) -> Result:
        seen = await self._look()
        refusals = [why for scale_up in seen.plan.scale_ups if (why := await self._ask(scale_up)) is not None]
        seen = _with_refusals(seen, dict(refusals))
        in_order = sorted(seen.sessions, key=lambda each: queue_order(placement_request(each)))
        for position, session in enumerate(in_order, 1):
            await self._tell(session, seen, position)
        return self._again(seen, refused=bool(refusals))

    def _again(self, seen: _Pass, *, refused: bool) -> Result:
        """When the same facts may give another plan without anybody telling."""
        if refused:
            return RequeueAfter(self._refused_retry_seconds, "the fleet limit or a template")
        retries = [each.retry_at for each in seen.plan.supply.values() if isinstance(each, NoSupply) and each.retry_at]
        if not retries:
            return Done()
        pause = (min(retries) - self._clock.now()).total_seconds()
        return RequeueAfter(max(pause, 0.1), "a template whose workers failed")

    async def _look(self) -> _Pass:
        """Facts as they are now: workers and templates are read again, so that nothing asked for is overlooked."""
        await self._fleet.reload()
        await self._fleet.refresh_templates()
        gate, now = await self._gate(), self._clock.now()
        pending = await self._client.sessions.list([LabletSessionStatus.PENDING])
        due = [
            session
            for session in pending
            if not session.terminate_requested
            and session.promised_worker_id is None
            and gate.at(now, session) is Due.NOW
        ]
        fleet = await self._fleet.snapshot()
        return _Pass(due, fleet, plan_demand([placement_request(session) for session in due], fleet))

    async def _ask(self, scale_up: ScaleUp) -> tuple[str, str] | None:
        """Ask for one worker; the demand key and the reason when it is refused."""
        count = len(scale_up.session_ids)
        demand = ScaleUpDemand(
            key=scale_up.demand_key,
            reason=f"{count} due session{'s' if count > 1 else ''} without room",
            session_ids=scale_up.session_ids,
        )
        try:
            answer = await self._client.workers.request_scale_up(
                RequestScaleUp(template_name=scale_up.template_name, demand=demand)
            )
        except (DomainError, NotFound) as refused:
            scheduler_metrics.asked_for_worker(scale_up.template_name, "refused")
            log.warning("scale_up_refused", template=scale_up.template_name, sessions=count, reason=str(refused))
            return scale_up.demand_key, str(refused)
        scheduler_metrics.asked_for_worker(scale_up.template_name, "created" if answer.created else "known")
        log.info(
            "scale_up_requested",
            template=scale_up.template_name,
            sessions=count,
            worker_id=answer.worker_id,
            created=answer.created,
        )
        await self._fleet.refresh(answer.worker_id)
        return None

    async def _tell(self, session: LabletSessionReadModel, seen: _Pass, position: int) -> None:
        """Record why *session* waits, unless that is what was recorded last."""
        supply = seen.plan.supply[session.id]
        if isinstance(supply, RoomNow):
            self._wake(session.id)
            return
        decision = self._decide(session, seen.fleet, supply, position)
        if decision.summary == session.pending_reason:
            return
        try:
            await self._client.sessions.record_placement_decision(
                session.id, RecordPlacementDecision(decision=decision)
            )
        except (DomainError, NotFound) as overtaken:
            # it was placed, cancelled or removed since the queue was read: there is nothing left to tell
            log.info("placement_decision_overtaken", session_id=session.id, reason=str(overtaken))

    def _decide(
        self, session: LabletSessionReadModel, fleet: FleetSnapshot, supply: Supply, position: int
    ) -> PlacementDecision:
        started = time.perf_counter()
        request = placement_request(session)
        decision = self._engine.decide(request, fleet, decision_id=uuid4().hex, supply=supply, queue_position=position)
        scheduler_metrics.decided(decision, time.perf_counter() - started)
        self._remember(decision)
        return decision


def _with_refusals(seen: _Pass, refusals: dict[str, str]) -> _Pass:
    """The same pass, with the sessions of refused workers told so."""
    if not refusals:
        return seen
    supply = dict(seen.plan.supply)
    for scale_up in seen.plan.scale_ups:
        if scale_up.demand_key in refusals:
            refused = SupplyRefused(scale_up.template_name, refusals[scale_up.demand_key])
            supply.update(dict.fromkeys(scale_up.session_ids, refused))
    return replace(seen, plan=DemandPlan(seen.plan.scale_ups, supply))
