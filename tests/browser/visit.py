"""One person's visit to the web UI: a page, what went wrong in it, and its pictures in .artifacts/browser/."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.browser import log_in
from playwright.async_api import Browser, BrowserContext, Locator, Page, StorageState, ViewportSize, expect

from tests.browser.faults import Faults

PICTURES = Path(__file__).resolve().parents[2] / ".artifacts" / "browser"
ACTION_MS = 15_000
"""For whatever a click or a look waits for; a journey that waits for a lab says so itself."""

DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)


@dataclass
class Visit:
    page: Page
    faults: Faults
    folder: Path
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def go(self, path: str) -> None:
        """Open *path* and wait until the page stands there and is live."""
        await self.page.goto(path)
        await expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        await expect(self.connection).to_have_text("Live")

    @property
    def connection(self) -> Locator:
        """Whether what is seen is live."""
        return self.page.get_by_role("banner").get_by_role("status")

    async def picture(self, name: str) -> None:
        """Keep what is seen now."""
        await self.page.screenshot(path=self.folder / f"{next(self._numbers):02}-{name}.png")


class Lobby:
    """Lets people in: each logs in once, later visits of theirs take the same login along."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._logins: dict[str, StorageState] = {}

    @asynccontextmanager
    async def visit(self, user: str | None, folder: Path) -> AsyncGenerator[Visit]:
        """A browser of its own for *user* at a desk, by day; None for somebody who is not logged in."""
        if user is not None and user not in self._logins:
            self._logins[user] = await self._log_in(user)
        context = await self._context(self._logins[user] if user is not None else None)
        try:
            faults = Faults(context)
            yield Visit(await context.new_page(), faults, folder)
        finally:
            await context.close()

    async def _context(self, login: StorageState | None) -> BrowserContext:
        context = await self._browser.new_context(
            base_url=self._url,
            storage_state=login,
            viewport=DESK,
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Vienna",
        )
        context.set_default_timeout(ACTION_MS)
        return context

    async def _log_in(self, user: str) -> StorageState:
        context = await self._context(None)
        try:
            page = await context.new_page()
            await page.goto("/")
            await log_in(page, user)
            await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
            return await context.storage_state()
        finally:
            await context.close()
