"""A lab that is brought in with a mistake, which is found, shown where it stands, and put right in the browser."""

from __future__ import annotations

import re
import uuid

import pytest
from local_stack.demo.seed import SEED_FOLDER
from local_stack.testing import StackDriver
from playwright.async_api import FilePayload, expect

from tests.browser.accessibility import faults_of
from tests.browser.visit import Visit

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

PACKAGE = SEED_FOLDER / "first-hop-redundancy"
BROKEN = "nodes: ]"


def payload(name: str, text: str) -> FilePayload:
    return FilePayload(name=name, mimeType="text/plain", buffer=text.encode())


async def test_an_operator_brings_in_a_definition_with_an_error_and_puts_it_right(
    visit: Visit, driver: StackDriver
) -> None:
    page, name = visit.page, f"brought-{uuid.uuid4().hex[:6]}"
    topology = (PACKAGE / "cml.yaml").read_text()
    visit.faults.expect(r"answer 422: POST .*/lablet-definitions/analysis")
    visit.faults.expect(r"console: Failed to load resource.*422")
    await visit.go("/definitions")
    await page.get_by_role("link", name="Upload").click()
    await page.get_by_role("textbox", name="Name", exact=True).fill(name)
    await page.get_by_label("Form-qualified name").fill("Exam Associate NET 1.0 FHR Form1")
    await page.locator("input[type=file][aria-label=Files]").set_input_files(
        [
            payload("cml.yaml", topology.replace("\nnodes:", f"\n{BROKEN}", 1)),
            payload("content.xml", (PACKAGE / "content.xml").read_text()),
            payload("grade.yaml", (PACKAGE / "grade.yaml").read_text()),
        ]
    )
    problem = page.get_by_role("alert").filter(has_text="It cannot be used")
    await expect(problem).to_contain_text(re.compile(r"Line \d+"))
    assert await faults_of(page) == []
    await visit.picture("what-is-wrong")

    await problem.get_by_role("button", name=re.compile(r"Edit line \d+")).first.click()
    editor = page.get_by_role("textbox", name="cml.yaml")
    await expect(editor).to_be_focused()
    # The cursor stands where the mistake is.
    for keys in ("Home", "Shift+End"):
        await page.keyboard.press(keys)
    await page.keyboard.type("nodes:")
    await page.get_by_role("button", name="Check again").click()
    await expect(page.get_by_role("status").filter(has_text="It can be used")).to_be_visible()
    await expect(problem).to_have_count(0)
    await visit.picture("put-right")
    await page.get_by_role("button", name=re.compile(f"Make it {name}")).click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    await visit.picture("made")
    found = (await driver.admin.get("/api/v1/lablet-definitions", name=name))["items"]
    assert [row["status"] for row in found] == ["ACTIVE"]
