"""A stack of its own with 10,000 sessions, for what is measured in a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local_stack.demo.api import PublicApi
from local_stack.demo.seed import load_seed
from local_stack.processes import RECONCILERS, mongo_uri
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver
from pymongo import AsyncMongoClient

from lcm_core.auth.rate_limits import LIMIT_NAMES
from lcm_core.eventstore.collections import Database, Document

SESSIONS = "lablet_sessions"
FLEET = 10_000
LIVE = 1_000
"""So many of them run; the others are over."""


@dataclass(frozen=True, slots=True)
class UiWorld:
    url: str
    admin: PublicApi
    db: Database
    pattern: Document
    """The session of which the others are copies: booked, done and graded."""

    async def fill(self) -> None:
        """FLEET sessions, one a minute, straight into the read model; the newest ones run."""
        begun = datetime.now(UTC)
        copies = [_copy(self.pattern, number, begun) for number in range(FLEET)]
        for first in range(0, FLEET, 500):
            await self.db[SESSIONS].insert_many(copies[first : first + 500])

    async def running(self, count: int) -> list[dict[str, Any]]:
        """*count* of the sessions that run, as the API shows them."""
        return [await self.admin.get(f"/api/v1/lablet-sessions/{_id(number)}") for number in range(count)]


@asynccontextmanager
async def ui_world() -> AsyncGenerator[UiWorld]:
    env = {"CONTROL_PLANE_RATE_LIMITS": ",".join(f"{name}=0" for name in LIMIT_NAMES)}
    with TemporaryDirectory(prefix="lcm-bench-ui-", ignore_cleanup_errors=True) as folder:
        stack = LocalStack.prepare(Path(folder), time_scale=0, preferred_ports=False, extra_env=env)
        stack.start()
        try:
            await asyncio.to_thread(stack.wait_ready)
            async with (
                PublicApi(stack.plan, "seed") as admin,
                PublicApi(stack.plan, "lms-demo") as lms,
                AsyncMongoClient[Document](mongo_uri(stack.plan)) as store,
            ):
                driver = StackDriver(stack, admin, lms, await load_seed(admin))
                session_id = await driver.book()
                await driver.learn(session_id, work="first-hop-redundancy")
                await driver.reach(session_id, "TERMINATED")
                # Nobody is to take the copies for sessions that have to be looked after.
                for name in RECONCILERS:
                    await asyncio.to_thread(stack.supervisor.stop_process, name)
                pattern = await store["lcm"][SESSIONS].find_one({"_id": session_id})
                if pattern is None:
                    raise RuntimeError("the session that was booked is gone")
                yield UiWorld(stack.plan.url("control-plane-api"), admin, store["lcm"], pattern)
        finally:
            await asyncio.to_thread(stack.stop)


def _copy(pattern: Document, number: int, begun: datetime) -> Document:
    booked = begun - timedelta(minutes=number)
    own: dict[str, Any] = {
        "_id": _id(number),
        "candidate": {**pattern["candidate"], "username": f"learner-{number:05}"},
        "created_at": _text(booked),
        "status_changed_at": _text(booked),
    }
    runs: dict[str, Any] = {"status": "RUNNING", "outcome": None, "score": None} if number < LIVE else {}
    return pattern | own | runs


def _id(number: int) -> str:
    return f"{number:08}-0000-4000-8000-000000000000"


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
