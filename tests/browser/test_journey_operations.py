"""What operators are called for: a host to be emptied, a learner who waits, a lost event, a question of the past."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from local_stack.demo.seed import definition_body, load_catalogue
from local_stack.testing import POLL_SECONDS, StackDriver
from playwright.async_api import Page, expect
from starlette.responses import Response

from control_plane_api.testing.webhook_receiver import WebhookReceiver, taken_well, webhook_receiver
from tests.browser.visit import Visit

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

WHY = {"reason": "asked for by a test"}
STEADY_SECONDS = 60
TOO_LARGE = 413
"""A receiver that answers so is not asked again."""


async def confirm(page: Page, name: str, reason: str | None = None) -> None:
    """Send the action that is open, which closes its dialog."""
    dialog = page.get_by_role("dialog", name=name)
    if reason is not None:
        await dialog.get_by_label("Reason").fill(reason)
    await dialog.get_by_role("button", name=name).click()
    await expect(dialog).to_have_count(0)


@asynccontextmanager
async def a_worker_that_serves(driver: StackDriver) -> AsyncIterator[dict[str, Any]]:
    template = (await driver.admin.get("/api/v1/worker-templates"))[0]
    made = await driver.admin.post("/api/v1/workers", {"template_name": template["name"], **WHY})
    where = f"/api/v1/workers/{made['id']}"
    try:
        async with asyncio.timeout(STEADY_SECONDS):
            while True:
                row = await driver.admin.get(where)
                if row["placeable"]:
                    break
                await asyncio.sleep(POLL_SECONDS)
        yield row
    finally:
        await driver.admin.post(f"{where}/terminate", WHY)


async def test_an_operator_drains_a_worker_and_sees_it_come_to_rest(visit: Visit, driver: StackDriver) -> None:
    page = visit.page
    async with a_worker_that_serves(driver) as worker:
        await visit.go("/workers")
        await page.get_by_role("row").filter(has_text=worker["name"]).get_by_role("link").click()
        await expect(page.get_by_role("heading", name=worker["name"], level=1)).to_be_visible()
        await page.get_by_role("button", name="Actions").click()
        await page.get_by_role("menuitem", name=re.compile("^Drain")).click()
        await expect(page.get_by_role("dialog", name="Drain")).to_contain_text("No new session is placed on it")
        await visit.picture("what-it-means")
        await confirm(page, "Drain", "new firmware")

        badge = page.get_by_role("main").locator(".mantine-Badge-root").first
        await expect(badge).to_have_text("STOPPED", timeout=STEADY_SECONDS * 1000)
        await visit.picture("at-rest")
        await page.get_by_role("button", name="Actions").click()
        await expect(page.get_by_role("menuitem", name=re.compile("^Drain"))).to_be_disabled()
        await expect(page.get_by_text("Only a running worker can be drained")).to_be_visible()
    of_it = {"resource_type": "cml_worker", "resource_id": worker["id"], "event_type": "cml_worker.draining"}
    assert "new firmware" in str(await driver.admin.get("/api/v1/audit", **of_it))


@asynccontextmanager
async def a_session_without_a_host(driver: StackDriver) -> AsyncIterator[tuple[str, str]]:
    """A session's id and its lab's name; nobody launches the only kind of host that it may run on."""
    name = f"waiting {uuid.uuid4().hex[:6]}"
    catalogue = load_catalogue()
    template = {**catalogue["worker_templates"][0], "name": name.replace(" ", "-"), "license_type": "EVALUATION"}
    await driver.admin.post("/api/v1/worker-templates", template)
    small = next(each for each in catalogue["definitions"] if each["folder"] == "first-hop-redundancy")
    lab = definition_body({**small, "name": name, "license_affinity": ["EVALUATION"]})
    made = await driver.admin.post("/api/v1/lablet-definitions", lab)
    await driver.admin.post("/api/v1/reconcilers/worker-controller/pause", WHY)
    try:
        session_id = await driver.book(definition_id=made["id"])
        yield session_id, name
        await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=seen")
    finally:
        await driver.admin.post("/api/v1/reconcilers/worker-controller/resume", WHY)


async def test_an_operator_is_told_why_a_session_is_pending(visit: Visit, driver: StackDriver) -> None:
    page = visit.page
    async with a_session_without_a_host(driver) as (session_id, lab):
        await visit.go("/scheduler")
        waiting = page.get_by_role("article").filter(has_text=lab)
        await expect(waiting).to_be_visible()
        await waiting.get_by_role("button", name=re.compile("pending")).click()
        told = page.get_by_role("dialog", name="Why it is pending")
        await expect(told).to_contain_text(re.compile(r"\d+/\d+ workers"))
        await expect(told.get_by_role("list", name="Workers that were looked at")).to_be_visible()
        await visit.picture("why")
        await told.get_by_role("link", name="Show the session").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(lab)
        assert page.url.endswith(f"/sessions/{session_id}")
        await visit.picture("session")


def takes_nothing(_receiver: WebhookReceiver, _taken: object) -> Response:
    return Response(status_code=TOO_LARGE)


async def test_an_operator_sends_a_dead_letter_again_once_its_receiver_is_mended(
    visit: Visit, driver: StackDriver
) -> None:
    page = visit.page
    async with webhook_receiver(takes_nothing) as receiver:
        subscription = {"url": receiver.url, "filter": {"types": ["worker_template.created.v1"]}}
        made = await driver.admin.post("/api/v1/subscriptions", subscription)
        await receiver.until(lambda seen: bool(seen.questions))
        template = load_catalogue()["worker_templates"][0]
        await driver.admin.post("/api/v1/worker-templates", {**template, "name": f"told-{uuid.uuid4().hex[:6]}"})
        await receiver.until(lambda seen: bool(seen.came))

        await visit.go(f"/dead-letters?tab=outbound&subscription_id={made['subscription']['id']}")
        letter = page.get_by_role("row").filter(has_text="worker_template.created")
        await expect(letter).to_be_visible()
        await letter.click()
        drawer = page.get_by_role("dialog", name="Event that was not delivered")
        await expect(drawer).to_contain_text(str(TOO_LARGE))
        await visit.picture("not-delivered")

        receiver.answer = taken_well
        await drawer.get_by_role("button", name="Send it again").click()
        await confirm(page, "Send it again")
        await receiver.until_accepted(1)
        await expect(letter).to_have_count(0)
        await visit.picture("delivered")
        await driver.admin.delete(f"/api/v1/subscriptions/{made['subscription']['id']}?reason=seen")
    assert receiver.accepted[0].id == receiver.came[0].id


async def test_an_operator_sees_a_session_as_it_was_at_any_of_its_commits(visit: Visit, driver: StackDriver) -> None:
    page = visit.page
    session_id = await driver.book()
    ready = await driver.reach(session_id, "READY")
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=seen")
    await driver.reach(session_id, "TERMINATED")
    await visit.go(f"/sessions/{session_id}?tab=log")
    commits = page.get_by_role("region", name=re.compile(r"\d+ commits"))
    await commits.get_by_role("button", name=re.compile("scheduled")).last.click()
    then = page.get_by_role("region", name=re.compile("The session as it was after commit"))
    await expect(then).to_contain_text('"status": "SCHEDULED"')
    await expect(then.get_by_role("table", name="What the commit changed")).to_contain_text(ready["worker_id"])
    await visit.picture("scheduled")
    await commits.get_by_role("button", name=re.compile("ready")).last.click()
    await expect(then).to_contain_text('"status": "READY"')
    await visit.picture("ready")
    await visit.go(page.url)
    await expect(then).to_contain_text('"status": "READY"')
