"""A booking that only a planned worker holds: the worker is launched for it, and the lab is there on time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from local_stack.demo.seed import definition_body, load_catalogue
from local_stack.testing import POLL_SECONDS, StackDriver

pytestmark = [pytest.mark.stack]

WIDE = {"storage_gb": 2000}
"""More storage than any other worker of the stack has: nobody else can hold this lab."""
LEAD_SECONDS, START_SECONDS = 60, 5


async def test_a_worker_is_launched_for_its_first_booking_and_the_lab_is_ready_when_its_slot_begins(
    driver: StackDriver,
) -> None:
    definition_id = await _a_lab_for_which_there_is_only_a_template(driver)
    start = datetime.now(UTC) + timedelta(seconds=LEAD_SECONDS + START_SECONDS + 10)

    booked = await driver.admin.post(
        "/api/v1/reservations",
        {
            "definition_id": definition_id,
            "candidate": {"username": "ada"},
            "start": start.isoformat(),
            "duration_minutes": 30,
        },
        **{"Idempotency-Key": "promise-of-a-planned-worker"},
    )

    session_id, guarantee = booked["session"]["id"], booked["guarantee"]
    assert (guarantee["kind"], guarantee["worker_status"]) == ("planned", "PENDING")
    ready = await driver.reach(session_id, "READY")
    reached = {change["target"]: datetime.fromisoformat(change["at"]) for change in ready["state_history"]}
    assert ready["worker_id"] == guarantee["worker_id"]
    assert reached["SCHEDULED"] <= reached["INSTANTIATING"] <= reached["READY"] <= start
    assert ready["promise_risk"] is None
    await _tidy_up(driver, session_id, guarantee["worker_id"])


async def _a_lab_for_which_there_is_only_a_template(driver: StackDriver) -> str:
    catalogue = load_catalogue()
    template = next(each for each in catalogue["worker_templates"] if each["name"] == "enterprise-large")
    wide = {"name": "wide", "startup_seconds": START_SECONDS, "capacity": template["capacity"] | WIDE}
    await driver.admin.post("/api/v1/worker-templates", template | wide)
    entry = next(each for each in catalogue["definitions"] if each["folder"] == "first-hop-redundancy")
    needs = {"cpu_cores": 4, "memory_gb": 8, "nodes": 8, "ports": 4} | WIDE
    lab = {"name": "Wide lab", "requirements": needs, "lead_seconds": LEAD_SECONDS, "license_affinity": ["ENTERPRISE"]}
    return str((await driver.admin.post("/api/v1/lablet-definitions", definition_body(entry) | lab))["id"])


async def _tidy_up(driver: StackDriver, session_id: str, worker_id: str) -> None:
    """The stack is shared: what was made for this test goes again."""
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=seen")
    await driver.reach(session_id, "TERMINATED")
    where = f"/api/v1/workers/{worker_id}"
    await driver.admin.post(f"{where}/terminate", {"reason": "seen", "force": True})
    deadline = time.monotonic() + 60
    row: dict[str, Any] = {"status": ""}
    while row["status"] != "TERMINATED":
        assert time.monotonic() < deadline, f"worker {worker_id} is still {row['status']}"
        await asyncio.sleep(POLL_SECONDS)
        row = await driver.admin.get(where)
