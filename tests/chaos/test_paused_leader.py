"""A leader that is paused past its lease has been replaced when it wakes up, and can do no harm."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any

import httpx2
import pytest
from local_stack.testing import StackDriver

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(480)]

SERVICE = "resource-scheduler"


async def _leader(driver: StackDriver) -> dict[str, Any] | None:
    leaders = await driver.admin.get("/api/v1/scheduler/leaders")
    return next((row for row in leaders if row["service"] == SERVICE and row.get("instance")), None)


async def _leader_other_than(driver: StackDriver, instance: str | None, deadline_seconds: float = 40) -> dict[str, Any]:
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        found = await _leader(driver)
        if found is not None and found["instance"] != instance:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"nobody but {instance} came to lead {SERVICE}")


async def _late_write(driver: StackDriver, session_id: str, epoch: int) -> httpx2.Response:
    """An internal write under *epoch*, of a kind that is right for a session in any state."""
    plan = driver.stack.plan
    async with httpx2.AsyncClient(timeout=10) as http:
        token = await http.post(
            f"{plan.url('identity')}/token",
            data={"grant_type": "client_credentials"},
            auth=(SERVICE, plan.secrets[f"client-{SERVICE}"]),
        )
        return await http.post(
            f"{plan.url('control-plane-api')}/api/internal/sessions/{session_id}/steps",
            json={"pipeline": "instantiate", "step": "late_word", "status": "running", "attempts": 1},
            headers={"Authorization": f"Bearer {token.json()['access_token']}", "X-LCM-Leader-Epoch": str(epoch)},
        )


async def test_a_leader_paused_past_its_lease_is_replaced_and_its_writes_are_refused(driver: StackDriver) -> None:
    old = await _leader_other_than(driver, None)
    with driver.stack.second_instance(SERVICE):
        driver.stack.supervisor.signal(SERVICE, signal.SIGSTOP)
        try:
            new = await _leader_other_than(driver, old["instance"])
            session_id = await driver.book()
            await driver.reach(session_id, "SCHEDULED")
        finally:
            driver.stack.supervisor.signal(SERVICE, signal.SIGCONT)
        refused = await _late_write(driver, session_id, old["epoch"])
        await driver.learn(session_id)
        ended = await driver.reach(session_id, "TERMINATED")
        still = await _leader(driver)
    assert refused.status_code == 409
    assert refused.json()["code"] == "stale-leader"
    assert new["epoch"] > old["epoch"]
    assert still is not None and still["instance"] == new["instance"]
    assert ended["outcome"] == "completed"
