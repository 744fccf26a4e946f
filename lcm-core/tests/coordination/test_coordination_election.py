"""At any time at most one leader; before long, one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from lcm_core.coordination import (
    EtcdClient,
    LeaderElection,
    Leadership,
    NotLeader,
    acting_as_leader,
    current_leadership,
    leadership_headers,
)
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.manual_clock import ManualClock

TTL = 2


class Candidate:
    """Stands for election in a task of its own and notes its terms."""

    def __init__(self, client: EtcdClient, prefix: str, instance: str, ttl: int = TTL) -> None:
        self.election = LeaderElection(client, service="scheduler", instance=instance, prefix=prefix, ttl_seconds=ttl)
        self.terms: list[Leadership] = []
        self.elected = asyncio.Event()
        self.ended = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def work(self, leadership: Leadership) -> None:
        self.terms.append(leadership)
        self.elected.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()

    def start(self, work: Callable[[Leadership], Awaitable[None]] | None = None) -> Candidate:
        self.task = asyncio.create_task(self.election.run(work or self.work))
        return self

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)


@asynccontextmanager
async def candidate(endpoint: str, prefix: str, instance: str, ttl: int = TTL) -> AsyncGenerator[Candidate]:
    async with EtcdClient([endpoint], attempt_seconds=0.5) as client:
        standing = Candidate(client, prefix, instance, ttl).start()
        try:
            yield standing
        finally:
            await standing.stop()


async def within(seconds: float, awaitable: Awaitable[object]) -> None:
    await asyncio.wait_for(awaitable, seconds)


async def elected_of(*candidates: Candidate, seconds: float = 5) -> Candidate:
    """The first of *candidates* that is elected from now on, or already was and was not cleared."""
    waiting = {asyncio.ensure_future(each.elected.wait()): each for each in candidates}
    done, others = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for each in others:
        each.cancel()
    if not done:
        raise TimeoutError(f"nobody was elected within {seconds} s")
    return waiting[done.pop()]


async def test_a_single_candidate_leads_and_says_so(shared_etcd: EtcdServer, prefix: str, etcd: EtcdClient) -> None:
    async with candidate(shared_etcd.endpoint, prefix, "one") as one:
        await within(5, one.elected.wait())
        record = await one.election.leader()
        key = await etcd.get(f"{prefix}/scheduler/leader")
    assert record is not None
    assert key is not None
    assert (record.instance, record.holder, record.epoch) == ("one", "scheduler", one.terms[0].epoch)
    assert key.create_revision == one.terms[0].epoch


async def test_of_two_candidates_one_leads(shared_etcd: EtcdServer, prefix: str) -> None:
    async with (
        candidate(shared_etcd.endpoint, prefix, "one") as one,
        candidate(shared_etcd.endpoint, prefix, "two") as two,
    ):
        await elected_of(one, two)
        await asyncio.sleep(TTL * 1.5)
        assert [one.election.is_leader, two.election.is_leader].count(True) == 1
        assert len(one.terms) + len(two.terms) == 1


async def test_a_clean_stop_hands_over_at_once_with_a_higher_epoch(shared_etcd: EtcdServer, prefix: str) -> None:
    async with (
        candidate(shared_etcd.endpoint, prefix, "one", ttl=30) as one,
        EtcdClient([shared_etcd.endpoint]) as client,
    ):
        await within(5, one.elected.wait())
        two = Candidate(client, prefix, "two", ttl=30).start()
        stopped = time.monotonic()
        await one.stop()
        await within(5, two.elected.wait())
        handed_over = time.monotonic() - stopped
        await two.stop()
    assert handed_over < 3
    assert two.terms[0].epoch > one.terms[0].epoch
    assert not one.terms[0].is_valid


async def test_resigning_lets_the_other_lead(shared_etcd: EtcdServer, prefix: str) -> None:
    async with candidate(shared_etcd.endpoint, prefix, "one", ttl=30) as one:
        await within(5, one.elected.wait())
        async with candidate(shared_etcd.endpoint, prefix, "two", ttl=30) as two:
            assert one.election.resign()
            await within(5, two.elected.wait())
            assert one.ended.is_set()
            assert not one.election.is_leader


async def test_who_does_not_lead_cannot_resign(etcd: EtcdClient, prefix: str) -> None:
    assert not Candidate(etcd, prefix, "one").election.resign()


async def test_a_leader_whose_lease_ends_stops_its_work(shared_etcd: EtcdServer, prefix: str, etcd: EtcdClient) -> None:
    async with candidate(shared_etcd.endpoint, prefix, "one") as one:
        await within(5, one.elected.wait())
        key = await etcd.get(one.election.key)
        assert key is not None
        await etcd.lease_revoke(key.lease_id)
        await within(5, one.ended.wait())
        assert not one.terms[0].is_valid


async def test_deleting_the_leader_key_ends_the_term(shared_etcd: EtcdServer, prefix: str, etcd: EtcdClient) -> None:
    async with candidate(shared_etcd.endpoint, prefix, "one", ttl=30) as one:
        await within(5, one.elected.wait())
        await etcd.delete(one.election.key)
        await within(5, one.ended.wait())
        assert not one.terms[0].is_valid
        one.elected.clear()
        await within(5, one.elected.wait())
        assert one.terms[1].epoch > one.terms[0].epoch


async def test_work_that_fails_gives_up_the_term_and_is_reported(etcd: EtcdClient, prefix: str) -> None:
    async def fail(_leadership: Leadership) -> None:
        raise ValueError("cannot list sessions")

    standing = Candidate(etcd, prefix, "one").start(fail)
    assert standing.task is not None
    with pytest.raises(ValueError, match="cannot list sessions"):
        await asyncio.wait_for(standing.task, 5)
    assert await etcd.get(standing.election.key) is None


async def test_a_leader_outlives_a_short_restart_of_etcd(own_etcd: EtcdServer, prefix: str) -> None:
    async with candidate(own_etcd.endpoint, prefix, "one", ttl=10) as one:
        await within(5, one.elected.wait())
        own_etcd.kill()
        await own_etcd.restart()
        await asyncio.sleep(1)
        assert one.election.is_leader
        assert len(one.terms) == 1


async def test_a_frozen_etcd_ends_the_term_before_the_lease(own_etcd: EtcdServer, prefix: str) -> None:
    async with candidate(own_etcd.endpoint, prefix, "one", ttl=5) as one:
        await within(5, one.elected.wait())
        own_etcd.pause()
        try:
            frozen = time.monotonic()
            await within(10, one.ended.wait())
            noticed = time.monotonic() - frozen
        finally:
            own_etcd.resume()
    assert noticed < 5
    assert not one.terms[0].is_valid


async def test_after_losing_etcd_a_leader_is_found_again(own_etcd: EtcdServer, prefix: str) -> None:
    async with (
        candidate(own_etcd.endpoint, prefix, "one") as one,
        candidate(own_etcd.endpoint, prefix, "two") as two,
    ):
        leader = await elected_of(one, two)
        own_etcd.kill()
        await within(5, leader.ended.wait())
        one.elected.clear()
        two.elected.clear()
        await own_etcd.restart()
        await elected_of(one, two, seconds=15)


def _term(clock: ManualClock, *, seconds: float = 8) -> Leadership:
    return Leadership("scheduler", "one", 7, clock.monotonic() + seconds, clock)


def test_a_term_is_over_when_it_was_not_renewed() -> None:
    clock = ManualClock()
    term = _term(clock)
    clock.advance(8)
    assert not term.is_valid


def test_a_term_that_is_over_cannot_be_renewed() -> None:
    clock = ManualClock()
    term = _term(clock)
    clock.advance(9)
    term.renew(clock.monotonic() + 8)
    assert not term.is_valid


def test_writes_of_a_leader_carry_its_epoch() -> None:
    with acting_as_leader(_term(ManualClock())):
        assert leadership_headers() == {"X-LCM-Leader-Epoch": "7"}
    assert current_leadership() is None


def test_writes_of_a_former_leader_are_not_sent() -> None:
    clock = ManualClock()
    with acting_as_leader(_term(clock)):
        clock.advance(8)
        with pytest.raises(NotLeader, match="one does not lead scheduler"):
            leadership_headers()


def test_work_that_needs_no_leader_is_not_fenced() -> None:
    assert leadership_headers() == {}
