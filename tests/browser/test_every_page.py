"""Every page, with something to show, at a desk and on a phone, by day and by night."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from local_stack.testing import StackDriver
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.accessibility import COLOURS, faults_of
from tests.browser.conftest import Visitors
from tests.browser.stillness import moved_on, watch_stillness
from tests.browser.ui_pages import addresses
from tests.browser.visit import DESK, PHONE, Visit

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

THEMES: tuple[tuple[Literal["light", "dark"], list[str] | None], ...] = (("light", None), ("dark", COLOURS))
BEING_READ = '[aria-label="Loading"], [aria-label="Asking"], [aria-busy="true"], .mantine-Skeleton-root'
MOST_SHIFT = 0.005
"""Nothing is meant to move. What a person sees as a jump is counted as ten times as much and more."""
OTHER_VIEWS = (
    "/sessions?view=cards",
    "/sessions?view=board",
    "/sessions/{sessionId}?tab=grading",
    "/sessions/{sessionId}?tab=evidence",
    "/sessions/{sessionId}?tab=log",
    "/workers?view=cards",
    "/reservations?view=calendar",
    "/reservations?view=timeline",
    "/dead-letters?tab=outbound",
    "/no-such-page",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def things(driver: StackDriver) -> AsyncIterator[dict[str, str]]:
    """The id of one of each kind of thing that has a page."""
    session_id = await driver.book(candidate={"username": f"everywhere-{uuid.uuid4().hex[:6]}"})
    await driver.learn(session_id, work="first-hop-redundancy")
    session = await driver.reach(session_id, "TERMINATED")
    await driver.book(start="2027-03-04T09:00:00Z")
    subscription = await driver.admin.post("/api/v1/subscriptions", {"url": f"{driver.stack.plan.url('lds')}/nothing"})
    entry = (await driver.admin.get("/api/v1/audit", limit="1"))["items"][0]
    # a pool that no other test uses: it is drained at the end, and stays so
    lab = {
        "definition_name": driver.definitions["branch-office"]["name"],
        "policy": {"depth": 1},
        "reason": "to be looked at",
    }
    pool = (await driver.admin.post("/api/v1/warm-pools", lab))["pool"]["id"]
    decision = (await driver.admin.get(f"/api/v1/lablet-sessions/{session_id}/placement-decisions"))[0]
    template = (await driver.admin.get("/api/v1/worker-templates"))[0]
    yield {
        "sessionId": session_id,
        "reservationId": session["reservation_id"],
        "workerId": session["worker_id"],
        "subscriptionId": subscription["subscription"]["id"],
        "commitId": entry["id"],
        "definitionId": session["definition_id"],
        "poolId": pool,
        "decisionId": decision["id"],
        "templateId": template["id"],
    }
    await driver.admin.post(f"/api/v1/warm-pools/{pool}/drain", {"reason": "seen"})


@pytest.mark.timeout(300)
async def test_every_page_is_accessible_and_fits_by_day_and_night_at_a_desk_and_on_a_phone(
    visitors: Visitors, things: dict[str, str]
) -> None:
    visit = await visitors("admin", traced=False)
    broken: list[str] = []
    for address in [*addresses(things), *(view.format(**things) for view in OTHER_VIEWS)]:
        await visit.go(address)
        name = re.sub(r"[^a-z]+", "-", re.sub(r"[0-9a-f-]{36}", "one", address)).strip("-") or "overview"
        for place, size in (("desk", DESK), ("phone", PHONE)):
            await visit.page.set_viewport_size(size)
            await settle(visit.page)
            for theme, rules in THEMES:
                await visit.page.emulate_media(color_scheme=theme)
                await expect(visit.page.locator("html")).to_have_attribute("data-mantine-color-scheme", theme)
                broken += [f"{address} {place} {theme}: {fault}" for fault in await faults_of(visit.page, rules)]
            await visit.picture(f"{name}-{place}")
    assert not broken, "\n".join(broken)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_nothing_moves_by_itself_while_a_page_loads(
    visitors: Visitors, things: dict[str, str], size: ViewportSize
) -> None:
    visit = await visitors("admin", traced=False)
    await visit.page.set_viewport_size(size)
    await watch_stillness(visit.page)
    jumped: list[str] = []
    for address in [*addresses(things), *(view.format(**things) for view in OTHER_VIEWS)]:
        shift, moved = await loaded(visit, address)
        if shift > MOST_SHIFT:
            # an event of the very moment may have brought a row: what the page itself does comes again
            shift, moved = min(await loaded(visit, address), (shift, moved))
        if shift > MOST_SHIFT:
            jumped.append(f"{address}: {shift:.3f}: {'; '.join(moved)}")
    assert not jumped, "\n".join(jumped)


async def loaded(visit: Visit, address: str) -> tuple[float, list[str]]:
    await visit.go(address)
    await settle(visit.page)
    return await moved_on(visit.page)


async def settle(page: Page) -> None:
    await expect(page.locator(BEING_READ)).to_have_count(0)


async def test_the_page_that_asks_to_log_in_is_accessible(visitors: Visitors) -> None:
    page = (await visitors(None)).page
    await page.goto("/")
    await expect(page.get_by_role("link", name="Log in")).to_be_visible()
    assert await faults_of(page) == []


async def test_what_opens_above_a_page_is_accessible(visit: Visit, things: dict[str, str]) -> None:
    page = visit.page
    await visit.go(f"/workers/{things['workerId']}")
    for keys, name in (("Control+k", "palette"), ("?", "keys")):
        await page.keyboard.press(keys)
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await faults_of(page) == [], name
        await visit.picture(name)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Actions").click()
    assert await faults_of(page) == [], "menu"
    await page.get_by_role("menuitem", name="Stop", exact=True).click()
    await expect(page.get_by_role("dialog", name="Stop")).to_be_visible()
    assert await faults_of(page) == [], "dialog"
    await visit.picture("dialog")
