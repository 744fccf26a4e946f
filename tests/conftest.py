"""One real stack for every test that needs one; the tests of a run share it and leave it as they found it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from local_stack.demo.api import PublicApi
from local_stack.demo.seed import load_seed
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver

FAST_LEASE = {
    f"{prefix}LEADER_LEASE_TTL_SECONDS": "3"
    for prefix in ("CONTROL_PLANE_", "RESOURCE_SCHEDULER_", "WORKER_CONTROLLER_", "LABLET_CONTROLLER_")
}
FAST_POOLS = {"LABLET_CONTROLLER_WARM_POOL_SECONDS": "1"}
FAST_HEARTBEAT = {"WORKER_CONTROLLER_LIVENESS_SECONDS": "2", "WORKER_CONTROLLER_HEARTBEAT_SECONDS": "8"}
TOLD_CONTENT = {"LABLET_CONTROLLER_CONTENT_POLL_SECONDS": "0"}
"""No look at the buckets by the clock: what comes of a change comes of its notification."""


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """All processes, far ends answering at once, ports and cloud subnet of its own; logs stay in .artifacts/."""
    folder = Path(__file__).resolve().parents[1] / ".artifacts" / f"stack-{os.getpid()}"
    env = FAST_LEASE | FAST_HEARTBEAT | FAST_POOLS | TOLD_CONTENT
    running = LocalStack.prepare(folder, time_scale=0, preferred_ports=False, extra_env=env)
    running.start()
    try:
        running.wait_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture
async def driver(stack: LocalStack) -> AsyncIterator[StackDriver]:
    stack.wait_ready()
    async with PublicApi(stack.plan, "seed") as admin, PublicApi(stack.plan, "lms-demo") as lms:
        yield StackDriver(stack, admin, lms, await load_seed(admin))
