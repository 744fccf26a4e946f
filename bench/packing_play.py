"""Plays a trace against the rules that the services use: one booking after the other onto a growing fleet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bench.packing_traces import LARGE, MONDAY, PERSONAL, Trace
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import AmiRequirement, CapacityAllocation, PortRange
from lcm_core.placement.admission import AdmissionPlanner
from lcm_core.placement.admission_plan import FleetLimits, Movable, Opening
from lcm_core.placement.demand_planner import cheapest_template
from lcm_core.placement.filters import FIT_FILTERS, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, TemplateSnapshot
from lcm_core.placement.making_room import Move
from lcm_core.placement.packing import Booking, Offer
from lcm_core.placement.refusal import Refusal

BOOKED_AT = MONDAY - timedelta(days=1)
_LIMITS = FleetLimits(max_workers_per_region=10_000)


@dataclass(frozen=True, slots=True)
class Played:
    """The fleet once everything is booked; ``moves`` promises were moved to make room."""

    fleet: FleetSnapshot
    moves: int = 0

    @property
    def cost(self) -> float:
        return cost(self.fleet)


def cost(fleet: FleetSnapshot) -> float:
    """USD an hour of the workers that hold anything."""
    prices = {template.name: template.cost_per_hour_usd for template in fleet.templates}
    return sum(prices[worker.template_name] for worker in fleet.workers if worker.allocations)


def request(booking: Booking) -> PlacementRequest:
    anywhere = PERSONAL.name in booking.places
    return PlacementRequest(
        session_id=booking.id,
        requirements=booking.vector,
        license_affinity=(LicenseType.ENTERPRISE, LicenseType.PERSONAL) if anywhere else (LicenseType.ENTERPRISE,),
        ami=AmiRequirement(),
        port_requests=(),
        interval=booking.interval,
    )


def template(offer: Offer) -> TemplateSnapshot:
    return TemplateSnapshot(
        name=offer.name,
        capacity=offer.capacity,
        port_range=PortRange(),
        license_type=LicenseType.PERSONAL if offer is PERSONAL else LicenseType.ENTERPRISE,
        ami=AmiRequirement(),
        cost_per_hour_usd=offer.cost_per_hour_usd,
        startup_seconds=900,
    )


def book_all(trace: Trace, *, moves_per_booking: int = 0) -> Played:
    """Each booking as it is admitted when it comes, knowing of those before it only."""
    fleet = FleetSnapshot(at=BOOKED_AT, templates=tuple(template(offer) for offer in trace.offers))
    planner, booked, moved = AdmissionPlanner(), list[PlacementRequest](), 0
    for asked in map(request, trace.bookings):
        beside = [each for each in booked if each.interval.overlaps(asked.interval)]
        plan = planner.admit([asked], fleet, _LIMITS, movable=Movable(beside, moves_per_booking))
        (promise,) = plan.outcomes
        if isinstance(promise, Refusal):
            raise AssertionError(f"{asked.session_id} was refused: {promise.summary}")  # noqa: TRY004 - not about its type
        fleet = applied(fleet, plan.moves)
        for opening in plan.openings:
            fleet = _with_a_new_worker(fleet, opening)
        target = fleet.workers[-1].id if plan.openings else promise.worker_id
        fleet = _holding(fleet, target, asked)
        booked.append(asked)
        moved += len(plan.moves)
    return Played(fleet, moved)


def applied(fleet: FleetSnapshot, moves: Iterable[Move]) -> FleetSnapshot:
    for move in moves:
        workers = {worker.id: worker for worker in fleet.workers}
        source, target = workers[move.from_worker_id], workers[move.to_worker_id]
        held = next(each for each in source.allocations if each.session_id == move.session_id)
        stay = tuple(each for each in source.allocations if each is not held)
        workers[source.id], workers[target.id] = replace(source, allocations=stay), target.holding(held)
        fleet = replace(fleet, workers=tuple(workers.values()))
    return fleet


def with_spares(fleet: FleetSnapshot) -> FleetSnapshot:
    """A few more workers in the books: for promises that step aside or are better off there, free while not used."""
    spares = (each.as_worker(f"spare-{each.name}-{number}") for each in fleet.templates for number in range(3))
    return replace(fleet, workers=(*fleet.workers, *spares))


def first_fit(trace: Trace, *, decreasing: bool = False) -> Played:
    """The rival: each on the first worker that takes it, else on a new one of the template with the lowest price."""
    fleet = FleetSnapshot(at=BOOKED_AT, templates=tuple(template(offer) for offer in trace.offers))
    bookings = sorted(trace.bookings, key=_size, reverse=True) if decreasing else trace.bookings
    for asked in map(request, bookings):
        fitting = (each for each in fleet.workers if first_rejection(each, asked, fleet.at, FIT_FILTERS) is None)
        target = next(fitting, None)
        if target is None:
            chosen = cheapest_template(asked, fleet)
            if chosen is None:
                raise RuntimeError(f"no template holds {asked.session_id}")
            target = chosen.as_worker(f"w-{len(fleet.workers):03}")
            fleet = replace(fleet, workers=(*fleet.workers, target))
        fleet = _holding(fleet, target.id, asked)
    return Played(fleet)


def _size(booking: Booking) -> float:
    """The largest share of a large worker, over the time for which it is held."""
    shares = zip(booking.vector.dimensions(), LARGE.capacity.dimensions(), strict=True)
    return max(amount / most for (_, amount), (_, most) in shares) * booking.interval.duration.total_seconds()


def _with_a_new_worker(fleet: FleetSnapshot, opening: Opening) -> FleetSnapshot:
    chosen = next(each for each in fleet.templates if each.name == opening.template_name)
    worker = chosen.as_worker(f"w-{len(fleet.workers):03}", fleet.at)
    return replace(fleet, workers=(*fleet.workers, worker))


def _holding(fleet: FleetSnapshot, worker_id: str, asked: PlacementRequest) -> FleetSnapshot:
    held = CapacityAllocation(
        session_id=asked.session_id,
        vector=asked.requirements,
        interval=asked.interval,
        allocated_at=fleet.at,
        granted=False,
    )
    workers = tuple(worker.holding(held) if worker.id == worker_id else worker for worker in fleet.workers)
    return replace(fleet, workers=workers)
