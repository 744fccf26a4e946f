"""A session is started from a warm pool: by REST, on the whole stack, with the ports of the prepared lab."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from local_stack.testing import POLL_SECONDS, StackDriver

pytestmark = [pytest.mark.stack]

DEADLINE_SECONDS = 60
FOLDER = "first-hop-redundancy"


async def _pool_until(driver: StackDriver, where: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        report: dict[str, Any] = await driver.admin.get(where)
        if holds(report):
            return report
        assert time.monotonic() < deadline, f"{report['pool']['status']}: {report['labs']} {report['pool']['failures']}"
        await asyncio.sleep(POLL_SECONDS)


async def _end(driver: StackDriver, session_id: str) -> None:
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=seen")
    await driver.reach(session_id, "TERMINATED")


async def test_a_session_takes_the_lab_that_was_prepared_for_whoever_comes(driver: StackDriver) -> None:
    first = await driver.book(FOLDER)
    cold = await driver.reach(first, "READY")
    await _end(driver, first)
    body = {"definition_name": cold["definition_name"], "policy": {"depth": 1}, "reason": "exams"}
    pool = await driver.admin.post("/api/v1/warm-pools", body)
    where = f"/api/v1/warm-pools/{pool['pool']['id']}"
    try:
        prepared = (await _pool_until(driver, where, lambda report: report["ready"] == 1))["labs"][0]

        second = await driver.book(FOLDER)
        warm = await driver.reach(second, "READY")

        assert warm["warm_start"]["hit"], warm["warm_start"]
        assert warm["worker_id"] == prepared["worker_id"]
        assert warm["allocated_ports"] == prepared["lab"]["ports"]
        assert warm["cml_lab_id"] == prepared["lab"]["cml_lab_id"]
        refilled = await _pool_until(driver, where, lambda report: report["ready"] == 1)
        assert refilled["measures"]["hits"] == 1
        assert refilled["labs"][0]["lab"]["id"] != prepared["lab"]["id"]
        await _end(driver, second)
        # steps are written a moment after what they did
        steps = {step["step"]: step for step in (await driver.session(second))["steps"]}
        assert steps["import_lab"]["result"]["found"] is True
    finally:
        await driver.admin.post(f"{where}/drain", {"reason": "the test is over"})
        await _pool_until(driver, where, lambda report: report["labs"] == [])
