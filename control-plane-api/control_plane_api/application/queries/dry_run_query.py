"""Where would this booking land? What a booking would be answered now, with every worker's verdict; nothing is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from control_plane_api.application.queries.get_fleet_policy_query import FleetPolicies
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.booking_times import timeslot_of
from control_plane_api.application.services.fleet_book import Fleet
from control_plane_api.application.services.moving import ids_beside, may_move
from control_plane_api.application.services.observed_times import ObservedTimesStore
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.contracts.dry_run import DryRun, DryRunAnswer, DryRunOpening, DryRunSeat
from lcm_core.contracts.reservations import AlternativeSlot
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.errors import NotYours, RuleViolation
from lcm_core.domain.read_models import LabletDefinitionReadModel, LabletSessionReadModel
from lcm_core.domain.values import Timeslot
from lcm_core.placement.admission import AdmissionPlanner
from lcm_core.placement.admission_plan import AdmissionPlan, FleetLimits, Movable
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.filters import Readiness
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.refusal import Refusal


@dataclass(frozen=True, slots=True)
class DryRunQuery(Query[DryRunAnswer]):
    request: DryRun
    owner_id: str | None = None


class DryRunQueryHandler:
    def __init__(
        self,
        definitions: Rows[LabletDefinitionReadModel],
        policies: FleetPolicies,
        times: ObservedTimesStore,
        fleet: Fleet,
        sessions: Rows[LabletSessionReadModel],
        clock: Clock,
    ) -> None:
        self._definitions = definitions
        self._policies = policies
        self._times = times
        self._fleet = fleet
        self._sessions = sessions
        self._clock = clock
        self._engine = PlacementEngine()
        self._planner = AdmissionPlanner()

    async def handle(self, query: DryRunQuery) -> DryRunAnswer:
        """For *owner_id* the sessions of others cannot be moved, None may move each.

        Raises NotFound, NotYours, RuleViolation when the definition is not ACTIVE, InvalidInput for an impossible time.
        """
        asked, now = query.request, self._clock.now()
        definition = await self._definitions.get(asked.definition_id)
        if asked.moved_session_id is not None:
            moved = await self._sessions.get(asked.moved_session_id)
            if query.owner_id is not None and moved.owner_id != query.owner_id:
                raise NotYours("lablet session", moved.id, moved.owner_id)
        if definition.status is not LabletDefinitionStatus.ACTIVE:
            raise RuleViolation(
                f"Definition {definition.name!r} {definition.semantic_version} is {definition.status.value}; "
                "only an ACTIVE one can be booked.",
                code="definition-not-active",
                facts={"definition_id": definition.id, "status": definition.status.value},
            )
        policy, times = (await self._policies.current()).policy, await self._times.find(definition.id)
        lead = times.lead_seconds(definition.lead_seconds, policy.least_lead_seconds)
        teardown = times.teardown_seconds(definition.teardown_seconds, policy.least_teardown_seconds)
        slot = timeslot_of(asked, definition.max_duration_minutes, lead, policy, now)
        occupation = slot.widened(timedelta(seconds=lead), timedelta(seconds=teardown)).on_grid()
        seats = [
            _seat(asked, definition, occupation, slot.start - timedelta(seconds=lead), number)
            for number in range(asked.seats)
        ]
        fleet = await self._fleet.view(now)
        limits = FleetLimits(policy.max_workers_per_region, now + timedelta(days=policy.booking_horizon_days))
        plan = self._planner.admit(seats, fleet, limits)
        if policy.moves_to_make_room and plan.moving_may_help:
            beside = may_move(await self._sessions.by_ids(ids_beside(seats, fleet)), now)
            plan = self._planner.admit(seats, fleet, limits, movable=Movable(beside, policy.moves_to_make_room))
        explained = self._engine.evaluate(seats[0], fleet, Readiness.BY_START)
        return DryRunAnswer(
            as_of=now,
            slot=slot,
            occupation=occupation,
            lead_seconds=lead,
            teardown_seconds=teardown,
            summary=explained.summary,
            seats=_told(plan, fleet),
            openings=tuple(
                DryRunOpening(template_name=each.template_name, region=each.region, ready_at=each.ready_at)
                for each in plan.openings
            ),
            alternatives=_alternatives(plan, lead, slot),
            candidates=explained.verdicts,
            weights=self._engine.weights,
        )


def _seat(
    asked: DryRun, definition: LabletDefinitionReadModel, occupation: Timeslot, needed_at: datetime, number: int
) -> PlacementRequest:
    return PlacementRequest(
        session_id=(asked.moved_session_id if number == 0 else None) or f"seat-{number + 1}",
        requirements=definition.requirements,
        license_affinity=definition.license_affinity,
        ami=definition.ami_requirement,
        nested_virtualization=definition.nested_virtualization,
        port_requests=definition.port_requests,
        interval=occupation,
        needed_at=needed_at,
        asap=asked.start is None and asked.local_start is None,
        content_hash=definition.content_hash,
    )


def _told(plan: AdmissionPlan, fleet: FleetSnapshot) -> tuple[DryRunSeat, ...]:
    names = {worker.id: worker.name for worker in fleet.workers}
    opened = {opening.id: opening for opening in plan.openings}
    told: list[DryRunSeat] = []
    for outcome in plan.outcomes:
        if isinstance(outcome, Refusal):
            told.append(DryRunSeat(reason_counts=outcome.reason_counts, details=outcome.details))
            continue
        opening = opened.get(outcome.worker_id)
        told.append(
            DryRunSeat(
                worker_id=outcome.worker_id,
                worker_name=names.get(outcome.worker_id),
                moves=tuple(each.why for each in outcome.moves),
            )
            if opening is None
            else DryRunSeat(template_name=opening.template_name)
        )
    return tuple(told)


def _alternatives(plan: AdmissionPlan, lead: int, slot: Timeslot) -> tuple[AlternativeSlot, ...]:
    """Slots of the learner, of the first seat that was refused."""
    if not plan.refusals:
        return ()
    starts: list[datetime] = [each.start + timedelta(seconds=lead) for each in plan.refusals[0].alternatives]
    return tuple(AlternativeSlot(start=start, end=start + slot.duration) for start in starts)
