"""The feasibility rule against an oracle that looks at every single minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.capacity import available, choose_ports, peak_allocated, shortfalls, usable
from lcm_core.domain.enums import PortProtocol
from lcm_core.domain.values import (
    RESOURCE_DIMENSIONS,
    CapacityAllocation,
    PortRange,
    PortRequest,
    ResourceVector,
    Timeslot,
)

DAY = datetime(2030, 1, 1, tzinfo=UTC)
MINUTES = 24
vectors = st.builds(ResourceVector, **{name: st.integers(0, 5) for name in RESOURCE_DIMENSIONS})
moments = st.integers(0, MINUTES).map(lambda minute: DAY + timedelta(minutes=minute))


@st.composite
def intervals(draw: st.DrawFn) -> Timeslot:
    start = draw(st.integers(0, MINUTES - 1))
    end = draw(st.integers(start + 1, MINUTES))
    return Timeslot(start=DAY + timedelta(minutes=start), end=DAY + timedelta(minutes=end))


@st.composite
def allocation_lists(draw: st.DrawFn) -> list[CapacityAllocation]:
    parts = draw(st.lists(st.tuples(vectors, intervals()), max_size=6))
    return [
        CapacityAllocation(session_id=f"s{number}", vector=vector, interval=interval, allocated_at=DAY)
        for number, (vector, interval) in enumerate(parts)
    ]


def _held_at(allocations: list[CapacityAllocation], minute: datetime, now: datetime) -> ResourceVector:
    """What is held in the minute that begins then; who has overrun holds on."""
    total = ResourceVector()
    for each in allocations:
        overrun = each.interval.end <= now
        if each.interval.start <= minute and (overrun or minute < each.interval.end):
            total += each.vector
    return total


def _peak_by_minute(allocations: list[CapacityAllocation], interval: Timeslot, now: datetime) -> ResourceVector:
    minutes = [DAY + timedelta(minutes=number) for number in range(MINUTES + 1)]
    seen = [_held_at(allocations, minute, now) for minute in minutes if interval.start <= minute < interval.end]
    return ResourceVector(**{name: max(getattr(held, name) for held in seen) for name in RESOURCE_DIMENSIONS})


@given(allocation_lists(), intervals(), moments)
def test_the_peak_is_the_largest_sum_of_any_minute(
    allocations: list[CapacityAllocation], interval: Timeslot, now: datetime
) -> None:
    assert peak_allocated(allocations, interval, now) == _peak_by_minute(allocations, interval, now)


@given(vectors, allocation_lists(), vectors, intervals(), moments)
def test_it_fits_exactly_when_no_minute_is_over_what_is_declared(
    declared: ResourceVector,
    allocations: list[CapacityAllocation],
    request: ResourceVector,
    interval: Timeslot,
    now: datetime,
) -> None:
    fits = not shortfalls(declared, allocations, request, interval, now)

    assert fits == all(
        amount <= max(0, getattr(declared, name) - getattr(_peak_by_minute(allocations, interval, now), name))
        for name, amount in request.dimensions()
    )


@given(vectors, allocation_lists(), vectors, intervals(), moments)
def test_a_shortfall_tells_what_is_needed_and_what_is_free(
    declared: ResourceVector,
    allocations: list[CapacityAllocation],
    request: ResourceVector,
    interval: Timeslot,
    now: datetime,
) -> None:
    free = available(declared, allocations, interval, now)

    for short in shortfalls(declared, allocations, request, interval, now):
        assert (short.needed, short.free) == (getattr(request, short.dimension), getattr(free, short.dimension))
        assert short.needed > short.free


@given(vectors, st.lists(st.tuples(vectors, intervals()), max_size=12))
def test_granting_only_what_fits_never_promises_more_than_is_declared(
    declared: ResourceVector, wishes: list[tuple[ResourceVector, Timeslot]]
) -> None:
    granted: list[CapacityAllocation] = []
    for number, (vector, interval) in enumerate(wishes):
        if not shortfalls(declared, granted, vector, interval, DAY):
            granted.append(
                CapacityAllocation(session_id=f"s{number}", vector=vector, interval=interval, allocated_at=DAY)
            )

    whole_day = Timeslot(start=DAY, end=DAY + timedelta(minutes=MINUTES))
    assert declared.covers(_peak_by_minute(granted, whole_day, DAY))


def test_an_overrun_holds_its_room_until_it_is_released() -> None:
    hour = timedelta(hours=1)
    held = CapacityAllocation(
        session_id="s",
        vector=ResourceVector(cpu_cores=2),
        interval=Timeslot(start=DAY, end=DAY + hour),
        allocated_at=DAY,
    )
    next_hour = Timeslot(start=DAY + hour, end=DAY + 2 * hour)
    two = ResourceVector(cpu_cores=2)

    planned = shortfalls(two, [held], two, next_hour, now=DAY)
    overrun = shortfalls(two, [held], two, next_hour, now=DAY + hour)

    assert planned == ()
    assert [str(short) for short in overrun] == ["cpu_cores: needs 2, 0 free"]


requests = st.lists(
    st.builds(
        PortRequest,
        node_label=st.sampled_from(["r1", "r2"]),
        protocol=st.sampled_from(PortProtocol),
        inner=st.integers(0, 3),
    ),
    max_size=5,
)


@given(st.lists(st.tuples(requests, intervals()), max_size=6), st.integers(1, 20))
def test_ports_are_disjoint_within_their_range_and_end_with_it(
    wishes: list[tuple[list[PortRequest], Timeslot]], size: int
) -> None:
    port_range = PortRange(first=3000, last=3000 + size - 1)
    granted: list[CapacityAllocation] = []
    for number, (wish, slot) in enumerate(wishes):
        meeting = [each for each in granted if each.interval.overlaps(slot)]
        taken = {binding.outer for each in meeting for binding in each.ports}
        ports = choose_ports(wish, granted, port_range, slot, DAY)
        if ports is None:
            assert len(taken) + len(wish) > size
            continue
        assert [PortRequest(**binding.model_dump(exclude={"outer"})) for binding in ports] == wish
        outers = [binding.outer for binding in ports]
        assert len(set(outers)) == len(outers)
        assert taken.isdisjoint(outers)
        assert all(3000 <= outer < 3000 + size for outer in outers)
        granted.append(
            CapacityAllocation(
                session_id=f"s{number}", vector=ResourceVector(), interval=slot, ports=ports, allocated_at=DAY
            )
        )


def _holding_ports(session_id: str, start: int, end: int, count: int, port_range: PortRange) -> CapacityAllocation:
    slot = Timeslot(start=DAY + timedelta(hours=start), end=DAY + timedelta(hours=end))
    wish = [PortRequest(node_label=f"r{n}", protocol=PortProtocol.SERIAL) for n in range(count)]
    ports = choose_ports(wish, (), port_range, slot, DAY)
    assert ports is not None
    return CapacityAllocation(
        session_id=session_id, vector=ResourceVector(), interval=slot, ports=ports, allocated_at=DAY
    )


def test_ports_that_nobody_holds_come_first_and_those_of_another_time_only_then() -> None:
    port_range = PortRange(first=3000, last=3002)
    earlier = _holding_ports("s", 0, 1, 2, port_range)
    wish = [PortRequest(node_label=f"r{n}", protocol=PortProtocol.SERIAL) for n in range(2)]
    next_hour = Timeslot(start=DAY + timedelta(hours=1), end=DAY + timedelta(hours=2))

    ports = choose_ports(wish, [earlier], port_range, next_hour, now=DAY)

    assert ports is not None
    assert [binding.outer for binding in ports] == [3002, 3000]


def test_an_overrun_keeps_its_ports_from_everybody() -> None:
    port_range = PortRange(first=3000, last=3001)
    earlier = _holding_ports("s", 0, 1, 2, port_range)
    wish = [PortRequest(node_label="r1", protocol=PortProtocol.SERIAL)]
    next_hour = Timeslot(start=DAY + timedelta(hours=1), end=DAY + timedelta(hours=2))

    assert choose_ports(wish, [earlier], port_range, next_hour, now=DAY + timedelta(hours=1)) is None


@given(
    st.integers(0, 6), st.integers(0, 6), st.sets(st.integers(1999, 2007), max_size=5), st.sets(st.integers(2000, 2006))
)
def test_ports_of_foreign_labs_are_never_chosen_and_all_others_are(
    wanted: int, last: int, foreign: set[int], spared: set[int]
) -> None:
    port_range = PortRange(first=2000, last=2000 + last)
    interval = Timeslot(start=DAY, end=DAY + timedelta(hours=1))
    wish = [PortRequest(node_label=f"r{number}", protocol=PortProtocol.SERIAL) for number in range(wanted)]
    ports = choose_ports(wish, (), port_range, interval, DAY, spared=spared, foreign=foreign)
    ours = set(range(2000, 2001 + last)) - foreign
    assert (ports is None) == (wanted > len(ours))
    assert {each.outer for each in ports or ()} <= ours
    assert usable(ResourceVector(ports=100), port_range, foreign).ports == len(ours)
