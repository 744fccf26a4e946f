"""A person's browser at a running stack: Debian's Chromium, and the login page of the issuer."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
_LAUNCH_MS = 30_000


class NoBrowser(RuntimeError):
    """There is no Chromium; the message says how to get one."""


def chromium_path() -> str:
    """The program that ``LCM_CHROMIUM`` names, else the first of CHROMIUM_NAMES on the PATH."""
    named = os.environ.get("LCM_CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoBrowser(f"LCM_CHROMIUM names {named}, which cannot be run")
        return found
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowser(
        f"no browser: none of {', '.join(CHROMIUM_NAMES)} is on the PATH. "
        "On Debian: apt-get install chromium. Elsewhere set LCM_CHROMIUM to the program."
    )


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """A browser without a window. Raises ``NoBrowser``."""
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, timeout=_LAUNCH_MS)
        try:
            yield browser
        finally:
            await browser.close()


async def log_in(page: Page, user: str, password: str | None = None) -> None:
    """From the page that asks to log in, through the issuer of the local stack, to where *page* was to be."""
    await page.get_by_role("link", name="Log in").click()
    await page.get_by_label("User name").fill(user)
    await page.get_by_label("Password").fill(password if password is not None else f"{user}-dev")
    await page.get_by_role("button", name="Sign in").click()
