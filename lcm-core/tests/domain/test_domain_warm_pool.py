"""The rules of warm pools: who claims which lab, and which labs give way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lcm_core.domain.capacity import choose_ports
from lcm_core.domain.enums import PortProtocol
from lcm_core.domain.values import PortBinding, PortRange, PortRequest, ResourceVector, Timeslot
from lcm_core.domain.warm_pool import (
    PoolFailure,
    PreparedLab,
    PreparedLabStatus,
    WarmPoolPolicy,
    WarmPoolStatus,
    failures_that_count,
    held_by_idle,
    idle_holding,
    lab_to_claim,
    labs_that_give_way,
    pool_target,
)

NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)
REQUESTS = (PortRequest(node_label="r1", protocol=PortProtocol.SERIAL),)
SLOT = Timeslot(start=NOW, end=NOW + timedelta(hours=1))


def a_lab(
    number: int,
    *,
    status: PreparedLabStatus = PreparedLabStatus.READY,
    content: str = "c1",
    held: ResourceVector | None = None,
) -> PreparedLab:
    return PreparedLab(
        id=f"lab-{number}",
        definition_name="d",
        definition_id="d1",
        definition_version="1.0.0",
        content_hash=content,
        status=status,
        held=held or ResourceVector(storage_gb=10, nodes=2, ports=1),
        ports=(PortBinding(**REQUESTS[0].model_dump(), outer=2000 + number),),
        cml_lab_id=None if status is PreparedLabStatus.PREPARING else f"cml-{number}",
        reserved_at=NOW - timedelta(minutes=100 - number),
    )


labs = st.lists(
    st.tuples(
        st.sampled_from(PreparedLabStatus),
        st.sampled_from(["c1", "c2"]),
        st.builds(ResourceVector, storage_gb=st.integers(0, 20), nodes=st.integers(0, 5), ports=st.integers(0, 2)),
    ),
    max_size=8,
).map(lambda rows: [a_lab(n, status=row[0], content=row[1], held=row[2]) for n, row in enumerate(rows)])
rooms = st.builds(ResourceVector, storage_gb=st.integers(0, 80), nodes=st.integers(0, 20), ports=st.integers(0, 8))


def test_an_idle_lab_holds_neither_cpu_nor_memory() -> None:
    needed = ResourceVector(cpu_cores=8, memory_gb=32, storage_gb=20, nodes=4, ports=9)

    assert idle_holding(needed, ports=3) == ResourceVector(storage_gb=20, nodes=4, ports=3)


@given(labs=labs)
def test_the_lab_to_claim_is_the_oldest_that_is_ready_with_that_content(labs: list[PreparedLab]) -> None:
    fitting = [lab for lab in labs if lab.status is PreparedLabStatus.READY and lab.content_hash == "c1"]

    claimed = lab_to_claim(labs, "c1", REQUESTS)

    assert claimed == (fitting[0] if fitting else None)


def test_a_lab_with_other_ports_than_the_session_needs_is_not_claimed() -> None:
    other = PortRequest(node_label="r2", protocol=PortProtocol.SERIAL)

    assert lab_to_claim([a_lab(1)], "c1", (other,)) is None
    assert lab_to_claim([a_lab(1)], "c1", (*REQUESTS, other)) is None


@given(labs=labs, room=rooms, ports=st.sets(st.integers(2000, 2008)))
def test_what_stays_fits_and_keeps_no_taken_port_and_nobodys_lab_gives_way(
    labs: list[PreparedLab], room: ResourceVector, ports: set[int]
) -> None:
    gone = labs_that_give_way(room, labs, ports)

    left = [lab for lab in labs if lab.idle and lab not in gone]
    assert room.covers(held_by_idle(left)) or not left
    assert not any(binding.outer in ports for lab in left for binding in lab.ports)
    assert all(lab.idle for lab in gone)


@given(labs=labs)
def test_nothing_gives_way_where_there_is_room(labs: list[PreparedLab]) -> None:
    assert labs_that_give_way(held_by_idle(labs), labs) == ()


def test_what_is_not_ready_gives_way_first() -> None:
    preparing, ready = a_lab(2, status=PreparedLabStatus.PREPARING), a_lab(1)

    assert labs_that_give_way(ResourceVector(storage_gb=10, nodes=2, ports=1), [ready, preparing]) == (preparing,)


def test_spared_ports_are_granted_last() -> None:
    two = (*REQUESTS, PortRequest(node_label="r2", protocol=PortProtocol.SERIAL))
    narrow = PortRange(first=2000, last=2002)

    free = choose_ports(REQUESTS, (), narrow, SLOT, NOW, spared={2000, 2001})
    short = choose_ports(two, (), narrow, SLOT, NOW, spared={2000, 2001})

    assert [binding.outer for binding in free or ()] == [2002]
    assert [binding.outer for binding in short or ()] == [2002, 2000]


@given(depth=st.integers(0, 10), most=st.integers(10, 20), expected=st.integers(0, 40), follow=st.booleans())
def test_the_target_is_the_depth_or_the_bookings_ahead_and_never_more_than_the_most(
    depth: int, most: int, expected: int, follow: bool
) -> None:
    policy = WarmPoolPolicy(depth=depth, most=most, follow_bookings=follow)

    target = pool_target(policy, WarmPoolStatus.ACTIVE, expected)

    assert depth <= target <= most
    assert target == (min(most, max(depth, expected)) if follow else depth)
    assert {pool_target(policy, status, expected) for status in WarmPoolStatus} == {0, target}


def test_a_pool_cannot_be_deeper_than_its_most() -> None:
    with pytest.raises(ValidationError, match="depth must not exceed most"):
        WarmPoolPolicy(depth=5, most=4)


def test_failures_before_the_window_or_before_it_was_resumed_do_not_count() -> None:
    failures = [
        PoolFailure(
            at=NOW - timedelta(minutes=minutes),
            worker_id="w",
            prepared_lab_id=f"lab-{minutes}",
            definition_version="1.0.0",
            reason="CML said no",
        )
        for minutes in (90, 30, 5)
    ]
    policy = WarmPoolPolicy(failure_window_minutes=60)

    assert [each.prepared_lab_id for each in failures_that_count(failures, policy, NOW, None)] == ["lab-30", "lab-5"]
    resumed = NOW - timedelta(minutes=20)
    assert [each.prepared_lab_id for each in failures_that_count(failures, policy, NOW, resumed)] == ["lab-5"]
