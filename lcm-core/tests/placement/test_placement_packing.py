"""A batch plan keeps every capacity at every instant, places each booking once or says why not, and knows its bound."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcm_core.domain.capacity import peak_allocated, shortfalls
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot
from lcm_core.placement.packed_room import Claim, RoomCode
from lcm_core.placement.packing import Booking, Offer, Packing, PackingPlan, PackingTask, Room, pack, within
from lcm_core.testing.examples import examples
from lcm_core.testing.placement_builders import NOW, an_allocation, minutes_from_now

A_WORKER = ResourceVector(cpu_cores=16, memory_gb=64, storage_gb=200, nodes=40, ports=80)
PLACES = ("w-1", "w-2", "large", "small")
FEW = within(2_000)

amounts = st.builds(
    ResourceVector,
    cpu_cores=st.integers(0, 12),
    memory_gb=st.integers(0, 48),
    storage_gb=st.integers(0, 90),
    nodes=st.integers(0, 18),
    ports=st.integers(0, 30),
)
rooms = st.builds(
    ResourceVector,
    cpu_cores=st.integers(4, 24),
    memory_gb=st.integers(16, 96),
    storage_gb=st.integers(20, 120),
    nodes=st.integers(5, 40),
    ports=st.integers(2, 40),
)
intervals = st.tuples(st.integers(0, 20), st.integers(1, 12)).map(
    lambda bounds: minutes_from_now(5 * bounds[0], 5 * (bounds[0] + bounds[1]))
)
held = st.lists(st.builds(Claim.over, amounts, intervals), max_size=3).map(tuple)


@st.composite
def tasks(draw: st.DrawFn) -> PackingTask:
    bookings = tuple(
        Booking(f"s-{number}", draw(amounts), draw(intervals), frozenset(draw(st.sets(st.sampled_from(PLACES)))))
        for number in range(draw(st.integers(0, 14)))
    )
    here = tuple(Room(name, draw(rooms), draw(held)) for name in PLACES[: draw(st.integers(0, 2))])
    offers = tuple(
        Offer(name, draw(rooms), draw(st.integers(1, 9)), draw(st.sampled_from((None, 2)))) for name in PLACES[2:]
    )
    return PackingTask(bookings, here, offers, draw(st.sampled_from((None, 0, 1, 3))))


def booking(id: str, vector: ResourceVector, interval: Timeslot | None = None, *places: str) -> Booking:
    return Booking(id, vector, interval or minutes_from_now(0, 60), frozenset(places or ("large",)))


def allocation(session_id: str, claim: Claim) -> CapacityAllocation:
    assert claim.end is not None
    return an_allocation(session_id, vector=claim.vector, interval=Timeslot(start=claim.start, end=claim.end))


def workers(task: PackingTask, plan: PackingPlan) -> dict[str, tuple[ResourceVector, list[CapacityAllocation], str]]:
    """Per place: capacity, what is held there before and by the plan, and the name by which bookings allow it."""
    offers = {offer.name: offer for offer in task.offers}
    found = {
        room.id: (room.capacity, [allocation(f"h-{n}", claim) for n, claim in enumerate(room.held)], room.id)
        for room in task.rooms
    }
    found |= {new.name: (offers[new.offer].capacity, [], new.offer) for new in plan.new_workers}
    return found


@settings(deadline=None)
@given(tasks())
def test_each_booking_is_placed_where_it_may_go_and_fits_beside_all_others(task: PackingTask) -> None:
    plan = pack(task, FEW)
    places = workers(task, plan)
    for each in task.bookings:
        if each.id in plan.placed:
            capacity, allocations, name = places[plan.placed[each.id]]
            assert name in each.places
            assert not shortfalls(capacity, allocations, each.vector, each.interval, NOW)
            allocations.append(an_allocation(each.id, vector=each.vector, interval=each.interval))


@settings(deadline=None)
@given(tasks())
def test_every_booking_is_placed_once_or_told_why_not(task: PackingTask) -> None:
    plan = pack(task, FEW)
    ids = {each.id for each in task.bookings}
    assert plan.placed.keys() | plan.unplaced.keys() == ids
    assert not plan.placed.keys() & plan.unplaced.keys()
    assert all(plan.unplaced.values())
    inside = defaultdict(set)
    for id, place in plan.placed.items():
        inside[place].add(id)
    for new in plan.new_workers:
        assert inside[new.name] == set(new.booking_ids) != set()


@settings(deadline=None)
@given(tasks(), st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_its_parts(task: PackingTask, random: object) -> None:
    def shuffled(parts: tuple) -> tuple:
        mixed = list(parts)
        random.shuffle(mixed)  # type: ignore[attr-defined]
        return tuple(mixed)

    mixed = PackingTask(shuffled(task.bookings), shuffled(task.rooms), shuffled(task.offers), task.max_new)
    assert pack(task, FEW) == pack(mixed, FEW)


@settings(deadline=None)
@given(tasks())
def test_limits_on_new_workers_are_kept(task: PackingTask) -> None:
    plan = pack(task, FEW)
    assert task.max_new is None or len(plan.new_workers) <= task.max_new
    for offer in task.offers:
        made = sum(new.offer == offer.name for new in plan.new_workers)
        assert offer.most is None or made <= offer.most


@settings(deadline=None)
@given(tasks())
def test_no_plan_undercuts_the_bound(task: PackingTask) -> None:
    quick, thorough = pack(task, within(1)), pack(task, within(20_000))
    assert thorough.lower_bound_usd <= thorough.cost_per_hour_usd + 1e-9
    if not quick.unplaced and not thorough.unplaced:
        assert thorough.cost_per_hour_usd <= quick.cost_per_hour_usd
        assert Packing(task).least_cost <= thorough.cost_per_hour_usd + 1e-9


@settings(deadline=None)
@given(tasks())
def test_a_booking_without_limits_is_left_out_only_when_nothing_empty_takes_it(task: PackingTask) -> None:
    unlimited = tuple(Offer(each.name, each.capacity, each.cost_per_hour_usd) for each in task.offers)
    plan = pack(PackingTask(task.bookings, task.rooms, unlimited), FEW)
    capacities = {each.name: each.capacity for each in unlimited}
    for each in task.bookings:
        if each.id in plan.unplaced:
            assert not any(capacities[name].covers(each.vector) for name in each.places if name in capacities)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.tuples(amounts, intervals), max_size=6), rooms, amounts, intervals)
def test_one_subtraction_says_what_the_feasibility_rule_says(
    there: list[tuple[ResourceVector, Timeslot]], capacity: ResourceVector, vector: ResourceVector, interval: Timeslot
) -> None:
    allocations = [an_allocation(f"h-{n}", vector=each, interval=when) for n, (each, when) in enumerate(there)]
    claims = [Claim.of(each, NOW) for each in allocations]
    wanted = Claim.over(vector, interval)
    code = RoomCode([wanted], claims, [capacity])
    fits = (code.free(capacity, claims) - code.need(wanted)) & code.guards == code.guards
    assert fits == (not shortfalls(capacity, allocations, vector, interval, NOW))
    whole = Timeslot(start=interval.start, end=interval.end)
    if all(each.interval.start >= interval.start and each.interval.end <= interval.end for each in allocations):
        assert code.overfull(capacity, claims) == (
            not capacity.covers(
                peak_allocated(allocations, whole, NOW).model_copy(
                    update={name: 0 for name, amount in vector.dimensions() if not amount}
                )
            )
        )


def test_bookings_that_do_not_overlap_share_a_worker() -> None:
    all_of_it = [booking(f"s-{n}", A_WORKER, minutes_from_now(60 * n, 60 * n + 60)) for n in range(4)]
    plan = pack(PackingTask(tuple(all_of_it), offers=(Offer("large", A_WORKER, 4.0),)), FEW)
    assert len(plan.new_workers) == 1
    assert plan.proven_optimal


def test_room_that_is_there_is_used_before_any_is_bought() -> None:
    half = ResourceVector(cpu_cores=8)
    task = PackingTask(
        tuple(booking(f"s-{n}", half, None, "w-1", "large") for n in range(3)),
        (Room("w-1", A_WORKER),),
        (Offer("large", A_WORKER, 4.0),),
    )
    plan = pack(task, FEW)
    assert sorted(plan.placed.values()) == ["new-0", "w-1", "w-1"]
    assert (plan.cost_per_hour_usd, plan.lower_bound_usd) == (4.0, 4.0)


@pytest.mark.parametrize(("seats", "wanted"), [(2, ["small"]), (3, ["large"]), (5, ["large", "small"])])
def test_the_cheapest_set_of_templates_is_chosen(seats: int, wanted: list[str]) -> None:
    seat = ResourceVector(cpu_cores=4, memory_gb=16)
    half = ResourceVector(cpu_cores=8, memory_gb=32, storage_gb=100, nodes=20, ports=40)
    offers = (Offer("large", A_WORKER, 4.0), Offer("small", half, 2.5))
    task = PackingTask(tuple(booking(f"s-{n}", seat, None, "large", "small") for n in range(seats)), offers=offers)
    plan = pack(task, FEW)
    assert sorted(new.offer for new in plan.new_workers) == wanted


def test_lookahead_beats_first_fit_where_sizes_only_go_together_one_way() -> None:
    sizes = [9, 9, 9, 4, 4, 4, 3, 3, 3]
    task = PackingTask(
        tuple(booking(f"s-{n}", ResourceVector(cpu_cores=cpu)) for n, cpu in enumerate(sizes)),
        offers=(Offer("large", A_WORKER, 1.0),),
    )
    plan = pack(task, within(50_000))
    assert (plan.cost_per_hour_usd, plan.gap) == (3.0, 0.0)


def test_what_no_place_can_take_is_told_with_the_places() -> None:
    huge = booking("s-1", ResourceVector(cpu_cores=99))
    nowhere = Booking("s-2", ResourceVector(cpu_cores=1), minutes_from_now(0, 60), frozenset())
    plan = pack(PackingTask((huge, nowhere), offers=(Offer("large", A_WORKER, 1.0),)), FEW)
    assert plan.unplaced["s-1"] == "not even large when empty has room for it"
    assert "licence and image" in plan.unplaced["s-2"]


def test_an_overfull_room_takes_only_what_needs_none_of_what_it_lacks() -> None:
    overfull = Room("w-1", A_WORKER, (Claim.over(ResourceVector(cpu_cores=20), minutes_from_now(0, 60)),))
    some = (
        booking("s-1", ResourceVector(cpu_cores=1), None, "w-1"),
        booking("s-2", ResourceVector(memory_gb=8), None, "w-1"),
    )
    plan = pack(PackingTask(some, (overfull,)), FEW)
    assert plan.placed == {"s-2": "w-1"}
