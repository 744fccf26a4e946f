"""The leader's rules in etcd: there as soon as it leads, and there again whatever becomes of the key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import pytest

from lcm_core.clock import SystemClock
from lcm_core.coordination import EtcdClient, Leadership
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.domain.scheduling_rules import RulesTold, SchedulingRules
from lcm_core.testing.etcd_server import EtcdServer
from resource_scheduler.integration.rules_teller import RulesTeller

pytestmark = pytest.mark.stack

EPOCH, DEADLINE_SECONDS, LOOK_EVERY_SECONDS = 7, 10, 0.02
RULES = SchedulingRules(
    engine_version="4",
    filters=("status",),
    weights=ScoringWeights(),
    rules=(),
    slowest_starts_seconds={},
    clock_skew_seconds=None,
)


@asynccontextmanager
async def a_teller(etcd: EtcdServer, rules: list[SchedulingRules]) -> AsyncIterator[tuple[EtcdClient, str]]:
    """One that tells the last of *rules*; its etcd and its key."""
    clock, key = SystemClock(), f"/test-{uuid4().hex}/rules"
    term = Leadership("resource-scheduler", "one", EPOCH, clock.monotonic() + 60, clock)

    async def present() -> SchedulingRules:
        return rules[-1]

    async with EtcdClient([etcd.endpoint]) as client:
        teller = RulesTeller(client, key, lambda: term, present, clock, every_seconds=LOOK_EVERY_SECONDS)
        running = asyncio.create_task(teller.run())
        try:
            yield client, key
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def told(client: EtcdClient, key: str, holds: Callable[[RulesTold], bool] = lambda _: True) -> RulesTold:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            found = await client.get(key)
            if found is not None and holds(RulesTold.model_validate_json(found.value)):
                return RulesTold.model_validate_json(found.value)
            await asyncio.sleep(LOOK_EVERY_SECONDS)


async def test_the_rules_are_told_with_the_term_that_they_are_of(etcd: EtcdServer) -> None:
    async with a_teller(etcd, [RULES]) as (client, key):
        found = await told(client, key)
    assert (found.instance, found.epoch, found.rules) == ("one", EPOCH, RULES)


async def test_rules_that_changed_are_told_again(etcd: EtcdServer) -> None:
    rules = [RULES]
    async with a_teller(etcd, rules) as (client, key):
        await told(client, key)
        rules.append(RULES.model_copy(update={"slowest_starts_seconds": {"small": 90.0}}))
        found = await told(client, key, lambda each: bool(each.rules.slowest_starts_seconds))
    assert found.rules.slowest_starts_seconds == {"small": 90.0}


async def test_they_come_back_when_etcd_was_emptied(etcd: EtcdServer) -> None:
    async with a_teller(etcd, [RULES]) as (client, key):
        await told(client, key)
        await client.delete(key)
        assert (await told(client, key)).epoch == EPOCH


async def test_what_a_leader_before_wrote_late_is_replaced(etcd: EtcdServer) -> None:
    async with a_teller(etcd, [RULES]) as (client, key):
        first = await told(client, key)
        late = first.model_copy(update={"instance": "before", "epoch": EPOCH - 1})
        await client.put(key, late.model_dump_json())
        found = await told(client, key, lambda each: each.epoch == EPOCH)
    assert found.instance == "one"
