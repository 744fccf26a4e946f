"""What LCM itself adds between a booking and READY, with far ends that answer at once."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from local_stack.demo.api import PublicApi
from local_stack.demo.progress import seconds_in_state
from local_stack.demo.seed import load_seed
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver

BOOKINGS = 40
BEFORE_READY = ("PENDING", "SCHEDULED", "INSTANTIATING")


def run() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        stack = LocalStack.prepare(Path(folder), time_scale=0, preferred_ports=False)
        stack.start()
        try:
            stack.wait_ready()
            return asyncio.run(_measure(stack))
        finally:
            stack.stop()


async def _measure(stack: LocalStack) -> list[str]:
    async with PublicApi(stack.plan, "seed") as admin, PublicApi(stack.plan, "lms-demo") as lms:
        driver = StackDriver(stack, admin, lms, await load_seed(admin))
        await _one(driver)  # brings the first worker up, which is not what is measured
        spent = [await _one(driver) for _ in range(BOOKINGS)]
    totals = sorted(sum(times.get(status, 0) for status in BEFORE_READY) for times in spent)
    return [
        f"PENDING to READY, {BOOKINGS} bookings one after the other, worker up, far ends at once",
        f"p50 {statistics.median(totals) * 1000:6.0f} ms   budget < 500 ms",
        f"p99 {totals[-1] * 1000:6.0f} ms   budget < 2000 ms (worst of {BOOKINGS})",
        *(
            f"  {status.lower():14} {statistics.median(t.get(status, 0) for t in spent) * 1000:6.0f} ms"
            for status in BEFORE_READY
        ),
    ]


async def _one(driver: StackDriver) -> dict[str, float]:
    session_id = await driver.book()
    session = await driver.reach(session_id, "READY")
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=measured")
    await driver.reach(session_id, "TERMINATED")
    return seconds_in_state(session)
