"""What an operator tells a worker reaches its host at once: by the watch, not at the next poll."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from local_stack.testing import POLL_SECONDS, StackDriver

pytestmark = [pytest.mark.stack]

WHY = {"reason": "asked for by a test"}
DEADLINE_SECONDS = 90


async def _until(driver: StackDriver, worker_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        row: dict[str, Any] = await driver.admin.get(f"/api/v1/workers/{worker_id}")
        if holds(row):
            return row
        assert time.monotonic() < deadline, f"still {row['status']}, wanted {row['desired_status']}: {row['failure']}"
        await asyncio.sleep(POLL_SECONDS)


async def test_a_worker_is_created_refreshed_drained_and_removed_by_hand(driver: StackDriver) -> None:
    template = (await driver.admin.get("/api/v1/worker-templates"))[0]
    made = await driver.admin.post("/api/v1/workers", {"template_name": template["name"], **WHY})
    where = f"/api/v1/workers/{made['id']}"
    await _until(driver, made["id"], lambda row: row["placeable"] and row["metrics"] is not None)

    seen = (await driver.admin.get(where))["metrics"]["observed_at"]
    await driver.admin.post(f"{where}/refresh", WHY)
    # metrics are due once a minute: that they come now shows that the request was seen
    asked = time.monotonic()
    await _until(driver, made["id"], lambda row: row["metrics"]["observed_at"] != seen)
    assert time.monotonic() - asked < 45

    await driver.admin.post(f"{where}/drain", WHY)
    await _until(driver, made["id"], lambda row: row["status"] == "STOPPED")
    await driver.admin.post(f"{where}/start", WHY)
    await _until(driver, made["id"], lambda row: row["placeable"])
    await driver.admin.post(f"{where}/terminate", WHY)
    await _until(driver, made["id"], lambda row: row["status"] == "TERMINATED")
