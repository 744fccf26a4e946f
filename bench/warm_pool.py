"""What a session is spared by a prepared lab: from INSTANTIATING to READY, cold and warm, on the whole stack.

Far ends answer at once, so that a cold start without delay shows what LCM itself does; then every import takes some
seconds, as it does for a large topology. A warm session must find its lab prepared: the pool is full before each
booking.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2
from local_stack.demo.api import PublicApi
from local_stack.demo.progress import seconds_in_state
from local_stack.demo.seed import load_seed
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver

from bench.report import keep, table

SESSIONS = 12
IMPORT_SECONDS = (0.0, 3.0)
DEADLINE_SECONDS = 60
COLUMNS = ("import takes", "start", "hits", "import step", "INSTANTIATING p50", "worst", "booked to READY p50")


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of one session."""

    hit: bool
    import_step: float
    instantiating: float
    to_ready: float


@dataclass(frozen=True, slots=True)
class Series:
    import_seconds: float
    kind: str
    starts: tuple[Start, ...]

    def row(self) -> list[str]:
        instantiating = [start.instantiating for start in self.starts]
        return [
            f"{self.import_seconds:g} s",
            self.kind,
            f"{sum(start.hit for start in self.starts)}/{len(self.starts)}",
            _ms(statistics.median(start.import_step for start in self.starts)),
            _ms(statistics.median(instantiating)),
            _ms(max(instantiating)),
            _ms(statistics.median(start.to_ready for start in self.starts)),
        ]


def run() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        env = {"LABLET_CONTROLLER_WARM_POOL_SECONDS": "1"}
        stack = LocalStack.prepare(Path(folder), time_scale=0, preferred_ports=False, extra_env=env)
        stack.start()
        try:
            stack.wait_ready()
            series, report = asyncio.run(_measure(stack))
        finally:
            stack.stop()
    measures = report["measures"]
    file = keep("warm-pool", {"series": [asdict(each) for each in series], "pool": measures})
    title = f"{SESSIONS} sessions one after the other, worker up, far ends at once but for the import"
    told = (
        f"the pool's own account: {measures['hits']} hits, {measures['misses']} misses, {measures['saved_seconds']} s"
    )
    return [*table(title, COLUMNS, [each.row() for each in series]), f"{told} of work done beforehand", str(file)]


async def _measure(stack: LocalStack) -> tuple[list[Series], dict[str, Any]]:
    async with PublicApi(stack.plan, "seed") as admin, PublicApi(stack.plan, "lms-demo") as lms:
        driver = StackDriver(stack, admin, lms, await load_seed(admin))
        first = await driver.reach(await driver.book(), "READY", DEADLINE_SECONDS)  # brings the worker up
        await _end(driver, first["id"])
        cold = [await _cold(driver, seconds) for seconds in IMPORT_SECONDS]
        body = {"definition_name": first["definition_name"], "policy": {"depth": 1}, "reason": "to be measured"}
        pool = await admin.post("/api/v1/warm-pools", body)
        where = f"/api/v1/warm-pools/{pool['pool']['id']}"
        warm = [await _warm(driver, seconds, where) for seconds in IMPORT_SECONDS]
        report: dict[str, Any] = await admin.get(where)
    return [each for pair in zip(cold, warm, strict=True) for each in pair], report


async def _cold(driver: StackDriver, import_seconds: float) -> Series:
    await _slow_imports(driver, import_seconds)
    return Series(import_seconds, "cold", tuple([await _one(driver) for _ in range(SESSIONS)]))


async def _warm(driver: StackDriver, import_seconds: float, where: str) -> Series:
    await _slow_imports(driver, import_seconds)
    starts: list[Start] = []
    for _ in range(SESSIONS):
        await _filled(driver, where)
        starts.append(await _one(driver))
    return Series(import_seconds, "warm", tuple(starts))


async def _one(driver: StackDriver) -> Start:
    session_id = await driver.book()
    await driver.reach(session_id, "READY", DEADLINE_SECONDS)
    await _end(driver, session_id)
    # steps are written a moment after what they did
    session = await driver.session(session_id)
    spent = seconds_in_state(session)
    step = next(step for step in session["steps"] if step["step"] == "import_lab")
    return Start(
        hit=bool(session["warm_start"] and session["warm_start"]["hit"]),
        import_step=step["duration_seconds"] or 0.0,
        instantiating=spent["INSTANTIATING"],
        to_ready=sum(spent.get(status, 0.0) for status in ("PENDING", "SCHEDULED", "INSTANTIATING")),
    )


async def _end(driver: StackDriver, session_id: str) -> None:
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=measured")
    await driver.reach(session_id, "TERMINATED")


async def _filled(driver: StackDriver, where: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (await driver.admin.get(where))["ready"] < 1:
        if time.monotonic() > deadline:
            raise TimeoutError("the pool was not filled")
        await asyncio.sleep(0.1)


async def _slow_imports(driver: StackDriver, seconds: float) -> None:
    faults = f"{driver.stack.plan.url('cml-control')}/_sim/faults"
    async with httpx2.AsyncClient() as http:
        (await http.delete(faults)).raise_for_status()
        if seconds:
            spec = {"kind": "latency", "latency_seconds": seconds, "match": {"path_regex": "/import"}}
            (await http.post(faults, json=spec)).raise_for_status()


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
