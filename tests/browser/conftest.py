"""One Chromium and one stack for all journeys of a run; every visit is judged, pictured, and traced when it failed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from local_stack.browser import NoBrowser, chromium
from local_stack.demo.api import PublicApi
from local_stack.demo.seed import load_seed
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver
from playwright.async_api import expect

from tests.browser.visit import ACTION_MS, PICTURES, Lobby, Visit

Visitors = Callable[..., Awaitable[Visit]]
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def driver(stack: LocalStack) -> AsyncIterator[StackDriver]:
    stack.wait_ready()
    async with PublicApi(stack.plan, "seed") as admin, PublicApi(stack.plan, "lms-demo") as lms:
        yield StackDriver(stack, admin, lms, await load_seed(admin))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lobby(stack: LocalStack) -> AsyncIterator[Lobby]:
    """In CI a browser must be there; elsewhere whoever has none is told how to get one."""
    expect.set_options(timeout=ACTION_MS)
    async with AsyncExitStack() as opened:
        try:
            browser = await opened.enter_async_context(chromium())
        except NoBrowser as none:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(str(none))
        yield Lobby(browser, stack.plan.url("control-plane-api"))


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path:
    folder = PICTURES / re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-").removeprefix("test-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(
    request: pytest.FixtureRequest, lobby: Lobby, driver: StackDriver, pictures: Path
) -> AsyncIterator[Visitors]:
    """``await visitors("viewer")``: somebody's page; nothing may go wrong in it that was not expected."""
    visits: list[Visit] = []
    traces: list[Visit] = []
    async with AsyncExitStack() as opened:

        async def enter(user: str | None = "admin", *, traced: bool = True) -> Visit:
            visit = await opened.enter_async_context(lobby.visit(user, pictures))
            visits.append(visit)
            if traced:
                await visit.page.context.tracing.start(snapshots=True, screenshots=False)
                traces.append(visit)
            return visit

        yield enter
        verdicts = [verdict for visit in visits if (verdict := visit.faults.verdict())]
        failed = request.node.stash.get(FAILED, True) or bool(verdicts)
        for visit in visits if failed else []:
            await visit.picture("at-the-end")
        for number, visit in enumerate(traces):
            await visit.page.context.tracing.stop(path=pictures / f"trace-{number}.zip" if failed else None)
    assert not verdicts, "went wrong in the browser:\n" + "\n".join(verdicts)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(visitors: Visitors) -> Visit:
    """An admin at a desk."""
    return await visitors("admin")
