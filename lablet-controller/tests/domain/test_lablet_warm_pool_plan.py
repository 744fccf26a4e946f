"""The plan of the warm pools, over fleets drawn at random."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lablet_controller.domain.warm_pool_plan import (
    TOO_MANY,
    PoolHost,
    PoolWish,
    WantedLab,
    discards_due,
    plan_pools,
)
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import ResourceVector
from lcm_core.domain.warm_pool import PreparedLab, PreparedLabStatus

NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)
HELD = ResourceVector(storage_gb=10, nodes=2, ports=1)
WANTED = WantedLab("d1", "c1", HELD, (LicenseType.PERSONAL,))
DAY = timedelta(hours=24)


def a_lab(id: str, status: PreparedLabStatus, content: str, age_hours: int) -> PreparedLab:
    return PreparedLab(
        id=id,
        definition_name="d",
        definition_id="d1",
        definition_version="1.0.0",
        content_hash=content,
        status=status,
        held=HELD,
        reserved_at=NOW - timedelta(hours=age_hours),
    )


def a_host(id: str, labs: tuple[PreparedLab, ...] = (), *, busy: bool = False, storage: int = 100) -> PoolHost:
    spare = ResourceVector(storage_gb=storage, nodes=40, ports=40)
    return PoolHost(id, True, True, busy, LicenseType.PERSONAL, spare, labs)


@st.composite
def fleets(draw: st.DrawFn) -> list[PoolHost]:
    hosts: list[PoolHost] = []
    for number in range(draw(st.integers(0, 5))):
        rows = draw(
            st.lists(
                st.tuples(st.sampled_from(PreparedLabStatus), st.sampled_from(["c1", "old"]), st.integers(0, 40)),
                max_size=4,
            )
        )
        labs = tuple(a_lab(f"{number}-{place}", *row) for place, row in enumerate(rows))
        reachable = draw(st.booleans())
        hosts.append(
            PoolHost(
                worker_id=f"w{number}",
                accepts=reachable and draw(st.booleans()),
                reachable=reachable,
                busy=draw(st.booleans()),
                license_type=draw(st.sampled_from([LicenseType.PERSONAL, LicenseType.EVALUATION])),
                spare=ResourceVector(storage_gb=draw(st.integers(0, 40)), nodes=40, ports=40),
                labs=labs,
            )
        )
    return hosts


@st.composite
def wishes(draw: st.DrawFn) -> PoolWish:
    where = {f"w{number}": draw(st.integers(0, 2)) for number in range(5)}
    fills = draw(st.booleans())
    return PoolWish(
        definition_name="d",
        wanted=draw(st.sampled_from([WANTED, None])),
        target=draw(st.integers(0, 8)) if fills else 0,
        max_age=DAY,
        fills=fills,
        keeps=fills or draw(st.booleans()),
        where=where,
    )


@given(hosts=fleets(), wish=wishes(), people_wait=st.booleans(), hands=st.integers(1, 4))
def test_hands_are_bounded_and_people_come_first_and_each_host_is_worked_on_once(
    hosts: list[PoolHost], wish: PoolWish, people_wait: bool, hands: int
) -> None:
    plan = plan_pools([wish], hosts, NOW, people_wait=people_wait, hands=hands)

    works = (*plan.removals, *plan.preparations)
    by_id = {host.worker_id: host for host in hosts}
    assert len(works) <= (0 if people_wait else hands)
    assert max(Counter(work.worker_id for work in works).values(), default=0) <= 1
    assert all(by_id[work.worker_id].reachable and not by_id[work.worker_id].busy for work in works)
    for work in plan.preparations:
        host = by_id[work.worker_id]
        if work.lab is None:
            assert host.accepts
            assert host.spare.covers(HELD)
            assert host.license_type is LicenseType.PERSONAL


@given(hosts=fleets(), wish=wishes(), hands=st.integers(1, 9))
def test_never_more_idle_labs_are_made_than_are_wanted(hosts: list[PoolHost], wish: PoolWish, hands: int) -> None:
    plan = plan_pools([wish], hosts, NOW, people_wait=False, hands=hands)

    given_up = {lab_id for each in plan.discards for lab_id in each.lab_ids}
    idle = sum(lab.idle and lab.id not in given_up for host in hosts for lab in host.labs)
    begun = sum(work.lab is None for work in plan.preparations)
    assert begun <= max(0, wish.target - idle)
    assert begun == 0 or (wish.fills and wish.wanted is not None)


@given(hosts=fleets(), wish=wishes())
def test_nobody_elses_lab_is_given_up_and_what_stays_is_wanted(hosts: list[PoolHost], wish: PoolWish) -> None:
    discards = discards_due([wish], hosts, NOW)

    given_up = {lab_id for each in discards for lab_id in each.lab_ids}
    labs = [lab for host in hosts for lab in host.labs]
    assert all(lab.idle for lab in labs if lab.id in given_up)
    left = [lab for lab in labs if lab.idle and lab.id not in given_up]
    if not wish.keeps or wish.wanted is None:
        assert left == []
    assert all(lab.content_hash == "c1" and NOW - lab.reserved_at < DAY for lab in left)
    if wish.fills:
        assert len(left) <= wish.target
    surplus = [lab_id for each in discards if each.reason == TOO_MANY for lab_id in each.lab_ids]
    assert not surplus or len(left) == wish.target


def test_labs_go_where_sessions_are_expected_and_wait_for_a_host_that_is_only_busy() -> None:
    wish = PoolWish("d", WANTED, 2, DAY, where={"b": 2})
    free = plan_pools([wish], [a_host("a"), a_host("b")], NOW, people_wait=False, hands=2)
    busy = plan_pools([wish], [a_host("a"), a_host("b", busy=True)], NOW, people_wait=False, hands=2)
    full = plan_pools([wish], [a_host("a"), a_host("b", storage=5)], NOW, people_wait=False, hands=2)

    assert [work.worker_id for work in free.preparations] == ["b"]
    assert (busy.preparations, busy.outstanding) == ((), 2)
    assert [work.worker_id for work in full.preparations] == ["a"]


def test_without_expectations_labs_are_spread() -> None:
    ready = a_lab("one", PreparedLabStatus.READY, "c1", 1)
    hosts = [a_host("a", (ready,)), a_host("b"), a_host("c", storage=50)]

    plan = plan_pools([PoolWish("d", WANTED, 3, DAY)], hosts, NOW, people_wait=False, hands=3)

    assert sorted(work.worker_id for work in plan.preparations) == ["b", "c"]


def test_what_was_begun_is_finished_before_more_is_begun() -> None:
    begun = a_lab("one", PreparedLabStatus.PREPARING, "c1", 0)
    hosts = [a_host("a", (begun,)), a_host("b")]

    plan = plan_pools([PoolWish("d", WANTED, 4, DAY)], hosts, NOW, people_wait=False, hands=1)

    assert [work.lab for work in plan.preparations] == [begun]


def test_of_too_many_the_oldest_go_first_where_nobody_is_expected() -> None:
    labs = {id: a_lab(id, PreparedLabStatus.READY, "c1", age) for id, age in (("old", 9), ("new", 1), ("older", 12))}
    hosts = [a_host("a", (labs["old"], labs["new"])), a_host("b", (labs["older"],))]

    discards = discards_due([PoolWish("d", WANTED, 2, DAY, where={"b": 1, "a": 1})], hosts, NOW)

    assert [(each.worker_id, each.lab_ids) for each in discards] == [("a", ("old",))]
