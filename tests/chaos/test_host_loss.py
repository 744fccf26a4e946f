"""A CML host dies, hangs or restarts under its sessions, on the whole stack: nobody finds out by waiting."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from local_stack.demo.learner import Learner
from local_stack.testing import POLL_SECONDS, StackDriver

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(480)]

DEADLINE_SECONDS = 180
Row = dict[str, Any]

EVERY = bool(os.environ.get("LCM_EVERY_CRASH"))
"""`make test-crashes` tries every way in which a host is lost."""
VICTIMS = ("worker-controller", "control-plane-api", "lablet-controller")[: 3 if EVERY else 1]
"""The usual test run kills the one that has noticed, `make test-crashes` each of them."""


async def _until(driver: StackDriver, path: str, holds: Callable[[Row], bool], what: str) -> Row:
    deadline = time.monotonic() + DEADLINE_SECONDS
    row: Row = {}
    while time.monotonic() < deadline:
        try:
            row = await driver.admin.get(path)
        except (httpx2.HTTPError, RuntimeError):
            # a service may be down on purpose just now
            await asyncio.sleep(POLL_SECONDS)
            continue
        if holds(row):
            return row
        await asyncio.sleep(POLL_SECONDS)
    seen = {name: row.get(name) for name in ("status", "worker_id", "pending_reason", "outcome_reason", "recovery")}
    raise AssertionError(f"{what} not seen within {DEADLINE_SECONDS} s: {seen}")


async def _session_until(driver: StackDriver, session_id: str, holds: Callable[[Row], bool], what: str) -> Row:
    return await _until(driver, f"/api/v1/lablet-sessions/{session_id}", holds, what)


async def _to_the_host(driver: StackDriver, address: str, what: str) -> None:
    async with httpx2.AsyncClient(timeout=10) as http:
        url = f"{driver.stack.plan.url('cml-control')}/_sim/hosts/{address}/{what}"
        (await http.post(url)).raise_for_status()


@asynccontextmanager
async def _away(driver: StackDriver, address: str, how: str, *, reboot: bool) -> AsyncIterator[None]:
    """The host is away in the block, and back after it, whatever happens."""
    await _to_the_host(driver, address, how)
    try:
        yield
    finally:
        await _to_the_host(driver, address, f"revive?reboot={str(reboot).lower()}")


async def _host_of(driver: StackDriver, session: Row) -> str:
    worker = await driver.admin.get(f"/api/v1/workers/{session['worker_id']}")
    return str(worker["private_ip"])


async def _is_cleared(driver: StackDriver, worker_id: str) -> None:
    def holds(row: Row) -> bool:
        return row["host_loss"] is None and row["leftover_labs"] == [] and bool(row["placeable"])

    await _until(driver, f"/api/v1/workers/{worker_id}", holds, "a worker that serves again")


async def _log_in(driver: StackDriver, session: Row) -> Learner:
    learner = Learner(session["login_url"])
    await learner.log_in()
    await driver.reach(session["id"], "RUNNING")
    return learner


def _is_clean(driver: StackDriver) -> None:
    audit = driver.audit()
    assert audit.returncode == 0, audit.stdout + audit.stderr


@pytest.mark.parametrize("how", ["kill", "wedge"] if EVERY else ["wedge"])
async def test_a_session_whose_learner_has_not_come_is_ready_elsewhere_and_nothing_is_left_behind(
    driver: StackDriver, how: str
) -> None:
    session_id = await driver.book()
    first = await driver.reach(session_id, "READY", DEADLINE_SECONDS)
    address = await _host_of(driver, first)

    async with _away(driver, address, how, reboot=False):
        moved = await _session_until(
            driver,
            session_id,
            lambda row: row["status"] == "READY" and row["worker_id"] != first["worker_id"],
            "READY on another worker",
        )
        learner = await _log_in(driver, moved)
    await _is_cleared(driver, first["worker_id"])
    await learner.finish()
    ended = await driver.reach(session_id, "TERMINATED", DEADLINE_SECONDS)

    again = [change["reason"] for change in ended["state_history"] if change["target"] == "PENDING"][-1]
    assert ended["outcome"] == "completed"
    assert "host lost" in again
    assert await driver.leftovers() == []
    _is_clean(driver)


@pytest.mark.parametrize(("how", "reboot"), [("kill", True), ("wedge", False)] if EVERY else [("kill", True)])
async def test_who_works_is_held_and_goes_on_with_the_lab_and_the_time(
    driver: StackDriver, how: str, reboot: bool
) -> None:
    session_id = await driver.book()
    ready = await driver.reach(session_id, "READY", DEADLINE_SECONDS)
    learner = await _log_in(driver, ready)

    async with _away(driver, await _host_of(driver, ready), how, reboot=reboot):
        held = await _session_until(driver, session_id, lambda row: row["recovery"] is not None, "a hold")
    back = await _session_until(driver, session_id, lambda row: row["recovery"] is None, "the end of the hold")
    await learner.finish()
    ended = await driver.reach(session_id, "TERMINATED", DEADLINE_SECONDS)

    assert "host lost" in held["recovery"]["reason"]
    assert (back["status"], back["worker_id"], back["cml_lab_id"]) == (
        "RUNNING",
        ready["worker_id"],
        held["cml_lab_id"],
    )
    assert back["timeslot"]["end"] > ready["timeslot"]["end"]
    assert ended["outcome"] == "completed"
    assert await driver.leftovers() == []
    _is_clean(driver)


@pytest.mark.parametrize("victim", VICTIMS)
async def test_a_service_that_dies_while_a_host_is_lost_changes_nothing_for_its_sessions(
    driver: StackDriver, victim: str
) -> None:
    waiting = await driver.book()
    working = await driver.book()
    ready = [await driver.reach(session_id, "READY", DEADLINE_SECONDS) for session_id in (waiting, working)]
    learner = await _log_in(driver, ready[1])
    hosts = sorted({await _host_of(driver, session) for session in ready})

    for address in hosts:
        await _to_the_host(driver, address, "kill")
    pid = driver.stack.kill(victim)
    driver.stack.wait_restarted(victim, pid)
    await _session_until(driver, working, lambda row: row["recovery"] is not None, "a hold")
    moved = await _session_until(
        driver,
        waiting,
        lambda row: row["status"] == "READY" and row["worker_id"] != ready[0]["worker_id"],
        "READY on another worker",
    )
    for address in hosts:
        await _to_the_host(driver, address, "revive?reboot=true")
    await _session_until(driver, working, lambda row: row["recovery"] is None, "the end of the hold")
    await learner.finish()
    await (await _log_in(driver, moved)).finish()
    ended = [await driver.reach(session_id, "TERMINATED", DEADLINE_SECONDS) for session_id in (waiting, working)]
    await _is_cleared(driver, ready[0]["worker_id"])

    assert [session["outcome"] for session in ended] == ["completed"] * 2
    assert await driver.leftovers() == []
    _is_clean(driver)
