"""What operators look for and decide about: instances that no worker stands for, one node among those of a lab."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from local_stack.demo.api import PublicApi
from local_stack.testing import StackDriver
from playwright.async_api import expect

from tests.browser.conftest import Visitors
from tests.browser.test_journey_operations import confirm

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

ELSEWHERE = "eu-north-1"
"""A region that worker-controller does not look at here: its own looks take nothing back that a journey reports."""


@asynccontextmanager
async def strays(driver: StackDriver, number: int) -> AsyncIterator[list[str]]:
    """Ids of so many instances that nobody knows, as worker-controller reports them; all are gone again at the end."""
    ids = [f"i-{uuid.uuid4().hex[:17]}" for _ in range(number)]

    async def report(found: list[str]) -> None:
        rows: list[dict[str, Any]] = [
            {"ec2_instance_id": id, "region": ELSEWHERE, "kind": "unknown", "state": "running"} for id in found
        ]
        body = {"regions": [ELSEWHERE], "looked_at": datetime.now(UTC).isoformat(), "strays": rows}
        async with PublicApi(driver.stack.plan, "worker-controller") as controller:
            await controller.put("/api/internal/fleet/strays", body)

    await report(ids)
    try:
        yield ids
    finally:
        await report([])


async def test_an_operator_decides_about_a_stray_and_takes_it_back(visitors: Visitors, driver: StackDriver) -> None:
    visit = await visitors("operator")
    page = visit.page
    async with strays(driver, 12) as ids:
        await visit.go("/scheduler?tab=scaling")
        found = page.get_by_role("region", name="Instances that no worker stands for")
        await expect(found.get_by_role("listitem").filter(has_text=ids[0])).to_be_visible()
        await expect(page.get_by_label("Kind", exact=True).first).to_be_in_viewport()
        await visit.picture("many")

        async def decide(where: str, name: str, reason: str) -> None:
            row = page.get_by_role("region", name=where).get_by_role("listitem").filter(has_text=ids[3])
            await row.get_by_role("button", name="Actions").click()
            await page.get_by_role("menuitem", name=re.compile(f"^{name}")).click()
            await confirm(page, name, reason)

        await decide("Instances that no worker stands for", "Leave it as it is", "the network team's")
        await expect(found.get_by_role("listitem").filter(has_text=ids[3])).to_have_count(0)
        await page.get_by_role("button", name="An instance is left as it is").click()
        left = page.get_by_role("region", name="Instances that are left")
        await expect(left).to_contain_text("the network team's")
        await visit.picture("left")

        await decide("Instances that are left", "Take the decision back", "they do not want it")
        await expect(found.get_by_role("listitem").filter(has_text=ids[3])).to_be_visible()
        listed = await driver.admin.get("/api/v1/stray-instances")
        assert [row["decision"] for row in listed if row["ec2_instance_id"] == ids[3]] == [None]


async def test_a_viewer_finds_a_node_in_the_picture_of_a_lab(visitors: Visitors, driver: StackDriver) -> None:
    visit = await visitors("viewer")
    page = visit.page
    await visit.go(f"/definitions/{driver.definitions['branch-office']['id']}")
    search = page.get_by_role("searchbox", name="Find a node")
    await search.fill("hq-r")
    told = page.get_by_role("main").get_by_role("status")
    await expect(told.filter(has_text="1 of 2")).to_be_visible()
    await search.press("Enter")
    await expect(told.filter(has_text="2 of 2")).to_be_visible()
    await expect(told.filter(has_text="HQ-R2")).to_contain_text("GigabitEthernet")
    await visit.picture("found")
    await search.fill("no such node")
    await expect(told.filter(has_text="No node is called so")).to_be_visible()
    await search.press("Escape")
    await expect(told.filter(has_text="HQ-R2")).to_have_count(0)
