"""A thousand sessions that are READY at one time, on the whole stack, from an empty fleet to an empty fleet.

Every process is its own, the far ends answer at once, and all share the machine. What is told: how long the fleet takes
to take them up and to give them back, what a minute costs in which nothing happens but that they are there, how fast
the API answers meanwhile, and how many commits a session makes. ``LCM_BENCH_SESSIONS`` asks for another number.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from local_stack.demo.api import PublicApi
from local_stack.demo.seed import definition_body, load_catalogue, load_seed
from local_stack.processes import SERVICES, mongo_uri
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver
from pymongo import AsyncMongoClient

from bench.report import keep, table
from lcm_core.auth.rate_limits import LIMIT_NAMES
from lcm_core.eventstore.collections import Document

SESSIONS = int(os.environ.get("LCM_BENCH_SESSIONS", "1000"))
CLASS = 50
WORKERS = 400
QUIET_SECONDS = 60
LOOK_SECONDS = 2.0
DEADLINE_SECONDS = 1800
READS = 50
LAB = "first-hop-redundancy"
OBSERVED = (*SERVICES, "mongo", "etcd")
NO_LIMITS = {"CONTROL_PLANE_RATE_LIMITS": ",".join(f"{name}=0" for name in LIMIT_NAMES)}


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One process in a minute in which no session changes."""

    process: str
    cpu_percent_of_a_core: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds, milliseconds and kilobytes, as the names say."""

    sessions: int
    workers: int
    booked_seconds: float
    ready_seconds: float
    ended_seconds: float
    list_p50_ms: float
    list_p95_ms: float
    get_p50_ms: float
    get_p95_ms: float
    commits_per_session: float
    left: list[str]


def run() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        stack = LocalStack.prepare(Path(folder), time_scale=0, preferred_ports=False, extra_env=NO_LIMITS)
        stack.start()
        try:
            stack.wait_ready()
            found, upkeep = asyncio.run(_measure(stack))
        finally:
            stack.stop()
    file = keep("many-sessions", {**asdict(found), "upkeep": [asdict(each) for each in upkeep]})
    rows = [[each.process, f"{each.cpu_percent_of_a_core:.1f} %", f"{each.memory_mb:.0f} MB"] for each in upkeep]
    return [
        f"{found.sessions} sessions READY at one time on {found.workers} workers",
        f"  booked in classes of {CLASS} within {found.booked_seconds:.0f} s, "
        f"all READY {found.ready_seconds:.0f} s after the first booking "
        f"({found.sessions / found.ready_seconds * 60:.0f} a minute, workers launched meanwhile)",
        f"  all TERMINATED {found.ended_seconds:.0f} s after they were told to end; "
        f"left behind: {', '.join(found.left) or 'nothing'}",
        f"  first page of sessions p50 {found.list_p50_ms:.0f} ms, p95 {found.list_p95_ms:.0f} ms; "
        f"one session p50 {found.get_p50_ms:.0f} ms, p95 {found.get_p95_ms:.0f} ms",
        f"  {found.commits_per_session:.0f} commits for each session from booking to READY, those of workers included",
        *table(f"{QUIET_SECONDS} s in which nothing changes", ("process", "of a core", "memory"), rows),
        f"kept in {file}",
    ]


async def _measure(stack: LocalStack) -> tuple[Found, list[Upkeep]]:
    async with (
        PublicApi(stack.plan, "seed", timeout_seconds=60) as admin,
        PublicApi(stack.plan, "lms-demo", timeout_seconds=60) as lms,
    ):
        driver = StackDriver(stack, admin, lms, await load_seed(admin))
        await admin.put(
            "/api/v1/system/settings", {"policy": {"max_workers_per_region": WORKERS}, "reason": "measured"}
        )
        definition_id = await _long_lab(admin)
        began = time.monotonic()
        for size in _classes():
            await _book_class(lms, definition_id, size)
        booked = time.monotonic() - began
        await _until(admin, "READY", SESSIONS)
        ready = time.monotonic() - began
        commits = await _commits(stack)
        upkeep = await _upkeep(stack)
        session_id = (await admin.get("/api/v1/lablet-sessions", limit="1"))["items"][0]["id"]
        listed = [await _taken(admin, "/api/v1/lablet-sessions") for _ in range(READS)]
        got = [await _taken(admin, f"/api/v1/lablet-sessions/{session_id}") for _ in range(READS)]
        workers = await _count(admin, "/api/v1/workers", "RUNNING")
        ending = time.monotonic()
        await _end_all(admin)
        await _until(admin, "TERMINATED", SESSIONS)
        ended = time.monotonic() - ending
        found = Found(
            SESSIONS, workers, booked, ready, ended, *_spread(listed), *_spread(got), commits / SESSIONS,
            await driver.leftovers(),
        )  # fmt: skip
        return found, upkeep


def _classes() -> Iterator[int]:
    left = SESSIONS
    while left > 0:
        yield min(CLASS, left)
        left -= CLASS


async def _long_lab(admin: PublicApi) -> str:
    """A lab whose sessions last longer than the measurement."""
    entry = next(each for each in load_catalogue()["definitions"] if each["folder"] == LAB)
    terms = {"name": "Many at once", "max_duration_minutes": 240, "license_affinity": ["ENTERPRISE"]}
    made = await admin.post("/api/v1/lablet-definitions", definition_body({**entry, **terms}))
    return str(made["id"])


async def _book_class(lms: PublicApi, definition_id: str, seats: int) -> None:
    body = {
        "definition_id": definition_id,
        "duration_minutes": 240,
        "seats": [{"candidate": {"username": f"learner-{number}"}} for number in range(seats)],
    }
    await lms.post("/api/v1/reservations/batch", body)


async def _count(api: PublicApi, path: str, status: str) -> int:
    answer = await api.get(path, status=status, limit="1", total="true", fields="id")
    return int(answer["total"])


async def _until(api: PublicApi, status: str, count: int) -> None:
    """Raises TimeoutError, which says how many are in which state, when it takes too long."""
    path, deadline = "/api/v1/lablet-sessions", time.monotonic() + DEADLINE_SECONDS
    while await _count(api, path, status) < count:
        if time.monotonic() > deadline:
            states = ("PENDING", "SCHEDULED", "INSTANTIATING", "READY", "STOPPING", "ARCHIVING", "TERMINATED")
            there = {state: await _count(api, path, state) for state in states}
            raise TimeoutError(f"not {count} sessions are {status} after {DEADLINE_SECONDS} s: {there}")
        await asyncio.sleep(LOOK_SECONDS)


async def _end_all(admin: PublicApi) -> None:
    body: dict[str, Any] = {"filter": {"status": "READY"}, "limit": 100, "reason": "measured"}
    while True:
        answer = await admin.post("/api/v1/lablet-sessions/bulk/terminate", body)
        if not answer["results"]:
            return


async def _taken(api: PublicApi, path: str) -> float:
    began = time.perf_counter()
    await api.get(path)
    return (time.perf_counter() - began) * 1000


def _spread(milliseconds: list[float]) -> tuple[float, float]:
    return statistics.median(milliseconds), statistics.quantiles(milliseconds, n=20)[-1]


async def _commits(stack: LocalStack) -> int:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri(stack.plan))
    async with client:
        return await client["lcm"]["events"].count_documents({})


async def _upkeep(stack: LocalStack) -> list[Upkeep]:
    """What each process uses while nothing is asked of it but what it does by itself."""
    processes = {name: psutil.Process(stack.supervisor.pid(name)) for name in OBSERVED}
    before = {name: _cpu_seconds(process) for name, process in processes.items()}
    await asyncio.sleep(QUIET_SECONDS)
    return [
        Upkeep(name, (_cpu_seconds(process) - before[name]) / QUIET_SECONDS * 100, process.memory_info().rss / 2**20)
        for name, process in processes.items()
    ]


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
