"""Plays a trace against the rules that the services use: one booking after the other onto a growing fleet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bench.packing_traces import MONDAY, PERSONAL, Trace
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import AmiRequirement, CapacityAllocation, PortRange
from lcm_core.placement.consolidation import Move, make_room
from lcm_core.placement.demand_planner import cheapest_template
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, TemplateSnapshot
from lcm_core.placement.packing import Booking, Offer, within

BOOKED_AT = MONDAY - timedelta(days=1)


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
    """Each booking where the engine places it; else, with moves allowed, where room can be made; else a new worker."""
    fleet = FleetSnapshot(at=BOOKED_AT, templates=tuple(template(offer) for offer in trace.offers))
    engine, booked, moved = PlacementEngine(), [], 0
    for asked in map(request, trace.bookings):
        best = engine.evaluate(asked, fleet).best
        target = best.id if best else None
        if target is None and moves_per_booking:
            made = make_room(asked, fleet, booked, max_moves=moves_per_booking, may_go_on=within(20_000))
            if made:
                fleet, target = applied(fleet, made.moves), made.worker_id
                moved += len(made.moves)
        if target is None:
            fleet, target = _with_a_new_worker(fleet, asked)
        fleet = _holding(fleet, target, asked)
        booked.append(asked)
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


def _with_a_new_worker(fleet: FleetSnapshot, asked: PlacementRequest) -> tuple[FleetSnapshot, str]:
    chosen = cheapest_template(asked, fleet)
    if chosen is None:
        raise ValueError(f"no template holds {asked.session_id}")
    worker = replace(chosen.as_worker(f"w-{len(fleet.workers):03}"), placeable=True)
    return replace(fleet, workers=(*fleet.workers, worker)), worker.id


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
