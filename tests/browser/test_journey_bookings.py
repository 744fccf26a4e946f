"""From booking to score, as the people who run classes do it and see it."""

from __future__ import annotations

import asyncio
import re
import uuid

import pytest
from local_stack.testing import StackDriver
from playwright.async_api import Page, expect

from tests.browser.visit import Visit

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

WAY = ["SCHEDULED", "INSTANTIATING", "READY", "RUNNING", "COLLECTING", "GRADING", "STOPPING", "TERMINATED"]
END_MS = 60_000


async def choose(page: Page, label: str, option: str) -> None:
    await page.get_by_role("combobox", name=label).click()
    await page.get_by_role("option", name=option).click()


async def test_an_operator_books_a_class_and_finds_every_seat(visit: Visit, driver: StackDriver) -> None:
    page, group = visit.page, f"class-{uuid.uuid4().hex[:6]}"
    learners = [f"{group}-{number}" for number in range(1, 4)]
    await visit.go("/reservations")
    await page.get_by_role("link", name="Book", exact=True).click()
    await page.get_by_text("A class", exact=True).click()
    await choose(page, "Lab", "First hop redundancy")
    await page.get_by_label("Begins").fill("2027-03-01T09:00")
    await page.get_by_label("Learners").fill("\n".join(f"{learner}, {learner}-id" for learner in learners))
    await expect(page.get_by_role("status").filter(has_text="room is held")).to_be_visible()
    await visit.picture("there-is-room")

    await page.get_by_role("button", name="Book for 3").click()
    await expect(page.get_by_role("heading", name=learners[0], level=1)).to_be_visible()
    for learner in learners:
        await expect(page.get_by_text(learner, exact=True).first).to_be_visible()
    await visit.picture("booked")

    await visit.go("/reservations?external_id=" + f"{learners[1]}-id")
    await expect(page.get_by_role("row").filter(has_text=learners[1])).to_have_count(1)
    for learner in learners:
        found = await driver.admin.get("/api/v1/reservations", external_id=f"{learner}-id")
        assert [row["candidate"]["username"] for row in found["items"]] == [learner]


async def test_an_operator_watches_a_session_from_pending_to_its_score(visit: Visit, driver: StackDriver) -> None:
    page, learner = visit.page, f"watched-{uuid.uuid4().hex[:6]}"
    await visit.go(f"/sessions?username={learner}")
    await expect(page.get_by_text("Nothing matches the filters")).to_be_visible()
    session_id = await driver.book(candidate={"username": learner})
    row = page.get_by_role("row").filter(has_text=learner)
    await expect(row).to_be_visible()
    await visit.picture("it-appears")
    await row.get_by_role("link").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text(learner)
    badge = page.get_by_role("main").locator(".mantine-Badge-root").first
    await expect(badge).to_have_text("READY", timeout=END_MS)
    await expect(page.get_by_role("link", name="Open lab")).to_be_visible()
    await visit.picture("ready")
    learning = asyncio.create_task(driver.learn(session_id, work="first-hop-redundancy"))
    await expect(badge).to_have_text("COMPLETED", timeout=END_MS)
    await learning
    history = page.get_by_role("main").filter(has_text="History")
    for state in WAY:
        await expect(history.get_by_text(state, exact=True).last).to_be_visible()
    await visit.picture("over")

    await page.get_by_role("tab", name="Grading").click()
    await expect(page.get_by_text("10 of 10").first).to_be_visible()
    await expect(page.get_by_text("passed", exact=True)).to_be_visible()
    await visit.picture("score")
    await page.get_by_role("tab", name="Evidence").click()
    await page.get_by_role("button", name=re.compile("^R1 ")).click()
    await expect(page.get_by_text("show running-config").first).to_be_visible()
    await visit.picture("evidence")
