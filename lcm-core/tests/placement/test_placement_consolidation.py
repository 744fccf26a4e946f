"""Promises move one at a time, each move fits at every instant, and only when something is saved by it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import AmiRequirement, CapacityAllocation, ResourceVector, Timeslot
from lcm_core.placement import consolidation
from lcm_core.placement.consolidation import Saving, plan_consolidation
from lcm_core.placement.filters import FIT_FILTERS, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot, WorkerSupply
from lcm_core.placement.making_room import Move, make_room
from lcm_core.placement.moving_back import move_back
from lcm_core.placement.packing import within
from lcm_core.placement.packing_model import Effort
from lcm_core.placement.rearrangement import Board
from lcm_core.testing.examples import examples
from lcm_core.testing.placement_builders import (
    ALL_LICENCES,
    NOW,
    a_request,
    a_template,
    a_worker,
    an_allocation,
    minutes_from_now,
)

EFFORT = within(20_000)
TOMORROW = Timeslot(start=NOW + timedelta(days=1), end=NOW + timedelta(days=1, hours=2))
HALF = ResourceVector(cpu_cores=8)
IMAGES = ("CML-2.8.0", "CML-2.9.1")

vectors = st.builds(
    ResourceVector, cpu_cores=st.integers(0, 10), memory_gb=st.integers(0, 40), nodes=st.integers(0, 20)
)
intervals = st.tuples(st.integers(-4, 20), st.integers(1, 12)).map(
    lambda bounds: minutes_from_now(5 * bounds[0], 5 * (bounds[0] + bounds[1]))
)
affinities = st.sampled_from((ALL_LICENCES, (LicenseType.ENTERPRISE,)))
versions = st.sampled_from((None, "2.9"))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[FleetSnapshot, list[PlacementRequest]]:
    """A fleet whose bookings were each placed where they fit, and the requests of those that may move."""
    workers = [
        a_worker(
            f"w-{number}",
            license_type=draw(st.sampled_from((LicenseType.ENTERPRISE, LicenseType.PERSONAL))),
            ami_name=draw(st.sampled_from(IMAGES)),
            supply=draw(st.sampled_from(WorkerSupply)),
            template_name=draw(st.sampled_from(("standard", "cheap", "gone"))),
            available_from=draw(st.sampled_from((None, NOW + timedelta(minutes=40)))),
        )
        for number in range(draw(st.integers(1, 6)))
    ]
    requests: list[PlacementRequest] = []
    for number in range(draw(st.integers(0, 16))):
        request = a_request(
            f"s-{number:02}",
            requirements=draw(vectors),
            license_affinity=draw(affinities),
            ami=AmiRequirement(min_version=draw(versions)),
            port_requests=(),
            interval=draw(intervals),
        )
        at = draw(st.integers(0, len(workers) - 1))
        if first_rejection(workers[at], request, NOW, FIT_FILTERS) is None:
            workers[at] = workers[at].holding(held(request))
            requests.append(request)
    movable = [each for each in requests if draw(st.integers(0, 3))]
    templates = (a_template(), a_template("cheap", cost_per_hour_usd=1.5))
    return FleetSnapshot(at=NOW, workers=tuple(workers), templates=templates), movable


def held(request: PlacementRequest) -> CapacityAllocation:
    return an_allocation(
        request.session_id, vector=request.requirements, interval=request.interval, allocated_at=NOW, granted=False
    )


def applied(fleet: FleetSnapshot, moves: Iterable[Move], requests: Iterable[PlacementRequest]) -> FleetSnapshot:
    """The fleet after *moves*, each of which the filters must let pass when its turn comes."""
    workers = {worker.id: worker for worker in fleet.workers}
    known = {request.session_id: request for request in requests}
    for move in moves:
        request, source = known[move.session_id], workers[move.from_worker_id]
        assert request.interval.start > fleet.at, "nothing that has begun moves"
        target = workers[move.to_worker_id]
        assert target.supply is not WorkerSupply.GONE
        assert target.available_from is None or target.available_from <= request.interval.start
        assert first_rejection(target, request, fleet.at, FIT_FILTERS) is None
        stay = tuple(each for each in source.allocations if each.session_id != move.session_id)
        assert len(stay) == len(source.allocations) - 1
        workers[source.id] = replace(source, allocations=stay)
        workers[target.id] = target.holding(held(request))
    return replace(fleet, workers=tuple(workers.values()))


def moved_at_once(fleet: FleetSnapshot, moves: Sequence[Move], requests: Iterable[PlacementRequest]) -> FleetSnapshot:
    """The fleet once all sources have let go, and the filters have let each of the moved pass where it goes."""
    sources = {move.session_id: move.from_worker_id for move in moves}
    assert len(sources) == len(moves), "nobody moves twice"
    left = [
        replace(
            worker,
            allocations=tuple(each for each in worker.allocations if sources.get(each.session_id) != worker.id),
        )
        for worker in fleet.workers
    ]
    coming = [replace(move, from_worker_id="on the way") for move in moves]
    gone = {each.session_id for each in requests if each.session_id in sources}
    way = replace(
        fleet.workers[0],
        id="on the way",
        allocations=tuple(held(each) for each in requests if each.session_id in gone),
    )
    after = applied(replace(fleet, workers=(*left, way)), coming, requests)
    return replace(after, workers=tuple(each for each in after.workers if each.id != "on the way"))


def in_use(fleet: FleetSnapshot) -> set[str]:
    return {worker.id for worker in fleet.workers if worker.allocations}


@settings(deadline=None)
@given(worlds(), st.integers(0, 12), st.sampled_from(Saving))
def test_moves_apply_one_after_the_other_within_the_budget(
    world: tuple[FleetSnapshot, list[PlacementRequest]], most: int, saving: Saving
) -> None:
    fleet, movable = world
    plan = plan_consolidation(fleet, movable, max_moves=most, may_go_on=EFFORT, saving=saving)
    after = applied(fleet, plan.moves, movable)
    assert len(plan.moves) <= most
    assert all(move.why for move in plan.moves)
    released = {id for release in plan.releases for id in release.worker_ids}
    opened = {id for release in plan.releases for id in release.opened_worker_ids}
    assert in_use(after) <= (in_use(fleet) - released) | opened
    assert all(release.saves_usd > 0 for release in plan.releases)


@settings(deadline=None)
@given(worlds(), st.sampled_from(Saving))
def test_planning_again_after_the_moves_proposes_nothing(
    world: tuple[FleetSnapshot, list[PlacementRequest]], saving: Saving
) -> None:
    fleet, movable = world
    plan = plan_consolidation(fleet, movable, max_moves=100, may_go_on=EFFORT, saving=saving)
    after = applied(fleet, plan.moves, movable)
    again = plan_consolidation(after, movable, max_moves=100, may_go_on=EFFORT, saving=saving)
    assert plan.cut_short or again.moves == ()


@settings(deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_the_facts(
    world: tuple[FleetSnapshot, list[PlacementRequest]], random: object
) -> None:
    fleet, movable = world
    workers, mixed = list(fleet.workers), list(movable)
    random.shuffle(workers)  # type: ignore[attr-defined]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    shuffled = replace(fleet, workers=tuple(workers))
    plans = [
        plan_consolidation(facts, requests, max_moves=20, may_go_on=EFFORT)
        for facts, requests in ((fleet, movable), (shuffled, mixed))
    ]
    assert plans[0] == plans[1]


@settings(max_examples=examples(150), deadline=None)
@given(worlds(), vectors, intervals.filter(lambda each: each.start > NOW), affinities, versions)
def test_room_is_made_where_the_request_then_fits(
    world: tuple[FleetSnapshot, list[PlacementRequest]],
    vector: ResourceVector,
    interval: Timeslot,
    affinity: tuple[LicenseType, ...],
    version: str | None,
) -> None:
    fleet, movable = world
    guest = a_request(
        "guest",
        requirements=vector,
        interval=interval,
        license_affinity=affinity,
        ami=AmiRequirement(min_version=version),
        port_requests=(),
    )
    made = make_room(guest, fleet, movable, max_moves=5, may_go_on=EFFORT)
    if made is not None:
        assert len(made.moves) <= 5
        after = {worker.id: worker for worker in moved_at_once(fleet, made.moves, movable).workers}
        assert first_rejection(after[made.worker_id], guest, NOW, FIT_FILTERS) is None


def holding(worker: WorkerSnapshot, *requests: PlacementRequest) -> WorkerSnapshot:
    return replace(worker, allocations=tuple(held(each) for each in requests))


def tomorrow(id: str, **changes: object) -> PlacementRequest:
    return a_request(id, **({"requirements": HALF, "port_requests": (), "interval": TOMORROW} | changes))


def a_fleet(*workers: WorkerSnapshot) -> FleetSnapshot:
    return FleetSnapshot(at=NOW, workers=workers, templates=(a_template(),))


def test_a_planned_worker_is_spared_before_one_that_sleeps_and_one_that_is_up() -> None:
    one, two, three = tomorrow("s-1"), tomorrow("s-2"), tomorrow("s-3")
    fleet = a_fleet(
        holding(a_worker("w-up"), one),
        holding(a_worker("w-asleep", supply=WorkerSupply.ASLEEP), two),
        holding(a_worker("w-planned", supply=WorkerSupply.PLANNED), three),
    )
    plan = plan_consolidation(fleet, [one, two, three], max_moves=10, may_go_on=EFFORT)
    assert [release.worker_ids for release in plan.releases] == [("w-planned",)]
    assert [(move.session_id, move.from_worker_id) for move in plan.moves] == [("s-3", "w-planned")]
    assert plan.moves[0].why == "leaves so that w-planned is never launched, which saves 4.00 USD an hour"
    assert plan.saves_per_hour_usd == 4.0


def test_what_has_begun_or_may_not_move_keeps_its_worker() -> None:
    begun = tomorrow("s-1", interval=minutes_from_now(-10, 60))
    fixed = tomorrow("s-2")
    fleet = a_fleet(holding(a_worker("w-1"), begun), holding(a_worker("w-2"), fixed))
    assert plan_consolidation(fleet, [begun], max_moves=10, may_go_on=EFFORT).releases == ()


def test_a_worker_that_would_make_others_run_longer_than_it_runs_is_left_alone() -> None:
    early, late = tomorrow("s-1"), tomorrow("s-2", interval=minutes_from_now(60, 120))
    fleet = a_fleet(holding(a_worker("w-1"), early), holding(a_worker("w-2"), late))
    by_hours = plan_consolidation(fleet, [early, late], max_moves=10, may_go_on=EFFORT)
    by_workers = plan_consolidation(fleet, [early, late], max_moves=10, may_go_on=EFFORT, saving=Saving.WORKERS)
    assert by_hours.releases == ()
    assert len(by_workers.releases) == 1


def test_an_empty_worker_is_not_filled_to_empty_another_like_it() -> None:
    one = tomorrow("s-1")
    fleet = a_fleet(a_worker("w-idle"), holding(a_worker("w-planned", supply=WorkerSupply.PLANNED), one))
    plan = plan_consolidation(fleet, [one], max_moves=10, may_go_on=EFFORT, saving=Saving.WORKERS)
    assert plan.releases == ()


def test_a_cheaper_empty_worker_takes_the_place_of_a_dear_one() -> None:
    one = tomorrow("s-1")
    dear = holding(a_worker("w-1", supply=WorkerSupply.PLANNED), one)
    cheap = a_worker("w-2", supply=WorkerSupply.PLANNED, template_name="cheap")
    fleet = replace(a_fleet(dear, cheap), templates=(a_template(), a_template("cheap", cost_per_hour_usd=1.5)))
    plan = plan_consolidation(fleet, [one], max_moves=10, may_go_on=EFFORT)
    assert [(each.worker_ids, each.opened_worker_ids) for each in plan.releases] == [(("w-1",), ("w-2",))]
    assert plan.saves_per_hour_usd == 2.5


def test_a_budget_that_is_too_small_is_told() -> None:
    requests = [tomorrow(f"s-{n}", requirements=ResourceVector(cpu_cores=4)) for n in range(4)]
    fleet = a_fleet(holding(a_worker("w-1"), *requests[:2]), holding(a_worker("w-2"), *requests[2:]))
    plan = plan_consolidation(fleet, requests, max_moves=1, may_go_on=EFFORT)
    assert (plan.moves, plan.cut_short) == ((), True)


def test_another_booking_makes_room_for_what_leaves_a_planned_worker() -> None:
    sizes = {"s-1": 10, "s-2": 5, "s-3": 11, "s-4": 6}
    one, two, three, four = (tomorrow(id, requirements=ResourceVector(cpu_cores=cpu)) for id, cpu in sizes.items())
    fleet = a_fleet(
        holding(a_worker("w-1"), one, two),
        holding(a_worker("w-2"), three),
        holding(a_worker("w-3", supply=WorkerSupply.PLANNED), four),
        a_worker("w-4", supply=WorkerSupply.PLANNED),
    )
    movable = [one, two, three, four]
    plan = plan_consolidation(fleet, movable, max_moves=10, may_go_on=EFFORT)
    after = applied(fleet, plan.moves, movable)
    assert in_use(after) == {"w-1", "w-2"}


def test_what_is_looked_at_to_move_fewer_back_counts_as_effort() -> None:
    one, two = tomorrow("s-1"), tomorrow("s-2")
    before = Board(a_fleet(holding(a_worker("w-1"), one), holding(a_worker("w-2"), two)), [one, two])
    after, effort = before.layout.copy(before.model), Effort(EFFORT)
    after.items.reverse()
    move_back(before.model, before.layout, after, effort)
    assert after.whereabouts() == before.layout.whereabouts()
    assert effort.spent_so_far > 0


def test_a_release_with_which_the_least_cost_is_proven_ends_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tomorrow("s-1"), tomorrow("s-2")
    fleet = a_fleet(holding(a_worker("w-1"), one), holding(a_worker("w-2"), two))
    boards: list[FleetSnapshot] = []

    class CountedBoard(Board):
        def __init__(self, fleet: FleetSnapshot, movable: Iterable[PlacementRequest]) -> None:
            boards.append(fleet)
            super().__init__(fleet, movable)

    monkeypatch.setattr(consolidation, "Board", CountedBoard)
    plan = plan_consolidation(fleet, [one, two], max_moves=10, may_go_on=EFFORT, saving=Saving.WORKERS)
    assert (len(plan.releases), plan.cut_short, len(boards)) == (1, False, 1)


def test_room_is_made_by_moving_a_promise_aside() -> None:
    large, small = tomorrow("s-1", requirements=ResourceVector(cpu_cores=10)), tomorrow("s-2")
    fleet = a_fleet(holding(a_worker("w-1"), large), holding(a_worker("w-2"), small))
    guest = tomorrow("guest", requirements=ResourceVector(cpu_cores=6))
    assert make_room(guest, fleet, [large, small], max_moves=3, may_go_on=EFFORT) is not None
    wide = tomorrow("guest", requirements=ResourceVector(cpu_cores=14))
    assert make_room(wide, fleet, [large, small], max_moves=3, may_go_on=EFFORT) is None
