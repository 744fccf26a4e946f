"""kill -9 of any one part while sessions are in flight: every session ends, nothing is lost, nothing is left behind."""

from __future__ import annotations

import asyncio
import os

import pytest
from local_stack.processes import SERVICES
from local_stack.testing import StackDriver

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(480)]


# A killed control-plane-api may leave a transaction open, which the database ends after ten seconds.
DEADLINE_SECONDS = 240


EVERY_KILL = [
    *((victim, "INSTANTIATING") for victim in (*SERVICES, "etcd", "mongo")),
    ("lablet-controller", "COLLECTING"),
    ("mongo", "COLLECTING"),
]
USUAL_KILLS = [
    ("control-plane-api", "INSTANTIATING"),
    ("etcd", "INSTANTIATING"),
    ("lablet-controller", "COLLECTING"),
    ("mongo", "COLLECTING"),
]
"""The owner of the state, a reconciler and both stores; ``make test-crashes`` kills each part at each moment."""


async def _journey(driver: StackDriver, session_id: str) -> dict[str, object]:
    await driver.reach(session_id, "READY", DEADLINE_SECONDS)
    await driver.learn(session_id)
    return await driver.reach(session_id, "TERMINATED", DEADLINE_SECONDS)


@pytest.mark.parametrize(
    ("victim", "moment"),
    EVERY_KILL if os.environ.get("LCM_EVERY_CRASH") else USUAL_KILLS,
)
async def test_every_session_ends_after_a_kill(driver: StackDriver, victim: str, moment: str) -> None:
    ids = [await driver.book() for _ in range(3)]
    journeys = [asyncio.create_task(_journey(driver, session_id)) for session_id in ids]
    await driver.reach(ids[0], moment, 90)
    pid = driver.stack.kill(victim)
    driver.stack.wait_restarted(victim, pid)
    ended = await asyncio.gather(*journeys)
    assert [session["outcome"] for session in ended] == ["completed"] * 3
    assert await driver.leftovers() == []
    audit = driver.audit()
    assert audit.returncode == 0, audit.stdout + audit.stderr
