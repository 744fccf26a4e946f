"""What an operator tells a worker reaches its host at once: by the watch, not at the next poll."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_stack.testing import POLL_SECONDS, StackDriver

from lcm_core.testing.examples import EVERY

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


@pytest.mark.skipif(not EVERY, reason="takes two minutes of the whole stack: LCM_EVERY_EXAMPLE=1 runs it")
async def test_a_lab_is_booked_and_followed_to_its_score_at_a_terminal_and_its_worker_drained(
    driver: StackDriver, tmp_path: Path
) -> None:
    plan = driver.stack.plan
    env = {"LCM_CONFIG_DIR": str(tmp_path), "LCM_CLIENT_SECRET": plan.secrets["client-seed"]}
    where = ("--url", plan.url("control-plane-api"), "--issuer", plan.url("identity"))
    await _lcm(env, "context", "add", "here", *where)
    await _lcm(env, "login", "--client-id", "seed")

    definition = driver.definitions["first-hop-redundancy"]["name"]
    booked = json.loads(await _lcm(env, "reserve", definition, "-c", "ada", "-d", "30", "-o", "json"))
    session_id = booked["session"]["id"]
    followed, _ = await asyncio.gather(
        _lcm(env, "session", "follow", session_id, "--timeout", "120", "-o", "json"),
        driver.learn(session_id, work="first-hop-redundancy"),
    )
    told = [json.loads(line) for line in followed.splitlines()]
    assert [row["version"] for row in told] == sorted({row["version"] for row in told})
    assert (told[-1]["status"], told[-1]["outcome"]) == ("TERMINATED", "completed")
    assert told[-1]["score"] is not None

    worker = ("worker", "drain", told[-1]["worker_id"], "--reason", "asked for by a test", "--force", "--yes")
    drained = json.loads(await _lcm(env, *worker, "--wait", "--timeout", "90", "-o", "json"))
    assert drained["status"] == "STOPPED"


async def _lcm(env: dict[str, str], *words: str) -> str:
    """What `lcm`, a process of its own, prints; fails unless it ends well."""
    command = Path(sys.executable).parent / "lcm"
    process = await asyncio.create_subprocess_exec(
        command, *words, env={**os.environ, **env}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(DEADLINE_SECONDS * 2):
        out, err = await process.communicate()
    assert process.returncode == 0, f"lcm {' '.join(words)}: {process.returncode}\n{out.decode()}\n{err.decode()}"
    return out.decode()
