"""Who comes in, who is refused, and what is seen while the network is away."""

from __future__ import annotations

import re
import uuid

import pytest
from local_stack.browser import log_in
from local_stack.testing import StackDriver
from playwright.async_api import expect

from tests.browser.conftest import Visitors
from tests.browser.visit import Visit

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_a_person_logs_in_where_they_wanted_to_go_and_out_again(visitors: Visitors) -> None:
    visit = await visitors(None)
    page = visit.page
    visit.faults.expect(r"answer 401: POST .*/interaction/")
    visit.faults.expect(r"console: Failed to load resource.*401.*/interaction/")
    await page.goto("/workers?view=cards")
    await visit.picture("not-logged-in")
    await log_in(page, "operator", "not-the-password")
    await expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    await visit.picture("wrong-password")
    await page.get_by_label("Password").fill("operator-dev")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Workers")).to_be_visible()
    assert page.url.endswith("/workers?view=cards")
    await visit.picture("logged-in")

    await page.get_by_role("button", name=re.compile("Account of Otto Operator")).click()
    await page.get_by_role("menuitem", name="Log out").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("link", name="Log in")).to_be_visible()
    await visit.picture("logged-out")
    await page.goto("/sessions")
    await expect(page.get_by_role("link", name="Log in")).to_be_visible()
    await expect(page.get_by_role("navigation", name="Pages")).to_have_count(0)


async def test_a_viewer_sees_but_is_offered_no_change_and_refused_what_is_not_theirs(
    visitors: Visitors, driver: StackDriver
) -> None:
    session_id = await driver.book(start="2027-03-02T09:00:00Z")
    visit = await visitors("viewer")
    page = visit.page
    await visit.go(f"/sessions/{session_id}")
    await expect(page.get_by_role("heading", name="Life cycle")).to_be_visible()
    await expect(page.get_by_role("button", name="Actions")).to_have_count(0)
    pages = page.get_by_role("navigation", name="Pages")
    await expect(pages.get_by_role("link", name="Sessions")).to_be_visible()
    for withheld in ("Audit", "Dead letters", "Webhooks"):
        await expect(pages.get_by_role("link", name=withheld)).to_have_count(0)
    await visit.picture("no-actions")

    for withheld in ("/audit", "/definitions/new", "/reservations/book"):
        await page.goto(withheld)
        await expect(page.get_by_role("heading", name="Your role does not allow this")).to_be_visible()
        await expect(page.get_by_text("you have viewer.")).to_be_visible()
    await visit.picture("refused")
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=seen")


async def test_a_page_that_lost_the_network_says_so_and_catches_up_by_itself(visit: Visit, driver: StackDriver) -> None:
    page, learner = visit.page, f"meanwhile-{uuid.uuid4().hex[:6]}"
    await visit.go("/sessions")
    visit.faults.allow(r"net::ERR_INTERNET_DISCONNECTED")
    await page.context.set_offline(True)
    await expect(visit.connection).to_have_text("Reconnecting")
    session_id = await driver.book(candidate={"username": learner}, start="2027-03-03T09:00:00Z")
    await expect(page.get_by_role("row").filter(has_text=learner)).to_have_count(0)
    await expect(page.get_by_role("grid", name="Sessions")).to_be_visible()
    await visit.picture("away")

    await page.context.set_offline(False)
    await expect(visit.connection).to_have_text("Live")
    await expect(page.get_by_role("row").filter(has_text=learner)).to_be_visible()
    await visit.picture("back")
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=seen")
