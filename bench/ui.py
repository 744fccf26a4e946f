"""The web UI in a browser: first content and layout shift, 10,000 sessions in the table, a burst of live events.

Everything on one machine: the browser, the service and its database share its processors. Interactions are timed by the
browser itself, from the key or the click until the frame that shows what came of it.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from local_stack.browser import chromium, log_in
from playwright.async_api import Browser, BrowserContext, Page, expect

from bench.report import keep, table
from bench.ui_probe import Seen, first_content_ms, forget, seen_on, watch
from bench.ui_relay import relay_to
from bench.ui_world import FLEET, UiWorld, ui_world

PAGES = ("/", "/sessions", "/workers", "/reservations", "/audit")
LOADS = 3
STRIDES = 25
BURST_PER_SECOND, BURST_SECONDS, BURST_ROWS = 500, 10.0, 100
DEADLINE_MS = 120_000
BUDGET_FIRST_MS, BUDGET_SHIFT, BUDGET_INTERACTION_MS = 1000.0, 0.0, 100.0
BEING_READ = '[aria-label="Loading"], .mantine-Skeleton-root'


def run() -> list[str]:
    expect.set_options(timeout=DEADLINE_MS)
    return asyncio.run(_measure())


async def _measure() -> list[str]:
    async with ui_world() as world, chromium() as browser:
        context = await _logged_in(browser, world.url)
        opened = {path: await _opened(context, path) for path in PAGES}
        await world.fill()
        page = await context.new_page()
        await page.goto("/sessions")
        await _read_all(page)
        scrolled = await _noted(page, lambda: _scroll(page))
        await page.close()
        sent, burst = await _under_fire(world, context)
    return _told(opened, scrolled, burst, sent)


async def _logged_in(browser: Browser, url: str) -> BrowserContext:
    context = await browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(DEADLINE_MS)
    await watch(context)
    page = await context.new_page()
    await page.goto("/")
    await log_in(page, "admin")
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    await page.close()
    return context


async def _opened(context: BrowserContext, path: str) -> tuple[list[float], list[float]]:
    """First content in milliseconds, and layout shift until all is read, of each load."""
    first, shift = list[float](), list[float]()
    for _ in range(LOADS):
        page = await context.new_page()
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_role("banner").get_by_role("status")).to_have_text("Live")
        await expect(page.locator(BEING_READ)).to_have_count(0)
        first.append(await first_content_ms(page))
        shift.append((await seen_on(page)).shift)
        await page.close()
    return first, shift


async def _read_all(page: Page) -> None:
    """Have the list read page by page to its end, as somebody does who holds End."""
    await page.get_by_role("row").nth(1).focus()
    rest = page.get_by_text("scroll for more")
    while await rest.count():
        before = await rest.text_content()
        await page.keyboard.press("End")
        await page.wait_for_function(
            "(before) => ![...document.querySelectorAll('[role=status]')].some((each) => each.textContent === before)",
            arg=before,
        )


async def _scroll(page: Page) -> None:
    """By key over the whole list and back, and by wheel."""
    await page.get_by_role("grid", name="Sessions").hover()
    for key in ("Home", *["PageDown"] * STRIDES, "End", *["PageUp"] * STRIDES, *["ArrowUp"] * STRIDES):
        await page.keyboard.press(key)
    for _ in range(STRIDES):
        await page.mouse.wheel(0, 2_000)


async def _noted(page: Page, work: Callable[[], Awaitable[None]]) -> Seen:
    await forget(page)
    await work()
    return await seen_on(page)


async def _under_fire(world: UiWorld, context: BrowserContext) -> tuple[float, Seen]:
    """How many events a second were sent, and what it was like to click and type meanwhile."""
    rows = await world.running(BURST_ROWS)
    async with relay_to(world.url) as (relay, url):
        page = await context.new_page()
        await page.goto(f"{url}/sessions")
        await expect(page.get_by_role("banner").get_by_role("status")).to_have_text("Live")
        await expect(page.get_by_role("row").nth(3)).to_be_visible()
        async with asyncio.TaskGroup() as both:
            firing = both.create_task(relay.burst(rows, BURST_PER_SECOND, BURST_SECONDS))
            seen = await _noted(page, lambda: _use(page, firing))
        await page.close()
        return firing.result(), seen


async def _use(page: Page, firing: asyncio.Task[float]) -> None:
    while not firing.done():
        await page.keyboard.press("Control+k")
        await page.get_by_role("dialog").get_by_role("textbox").press_sequentially("lab")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.get_by_role("row").nth(3).focus()
        await page.keyboard.press("PageDown")
        await asyncio.sleep(0.1)


def _told(opened: dict[str, tuple[list[float], list[float]]], scrolled: Seen, burst: Seen, sent: float) -> list[str]:
    kept: dict[str, Any] = {
        "first_content_ms": {path: first for path, (first, _) in opened.items()},
        "layout_shift": {path: shift for path, (_, shift) in opened.items()},
        "scrolling": asdict(scrolled) | {"rows": FLEET},
        "burst": asdict(burst) | {"sent_per_second": sent},
        "budgets": {
            "first_content_ms": BUDGET_FIRST_MS,
            "layout_shift": BUDGET_SHIFT,
            "interaction_ms": BUDGET_INTERACTION_MS,
        },
    }
    keep("ui", kept)
    loads = [
        (path, f"{statistics.median(first):.0f}", f"{max(first):.0f}", f"{max(shift):.3f}")
        for path, (first, shift) in opened.items()
    ]
    uses = [
        (name, *(f"{each:.0f}" for each in (seen.longest_interaction, seen.longest_task, seen.longest_frame)))
        for name, seen in ((f"scrolling {FLEET:,} sessions", scrolled), (f"burst of {sent:.0f} events/s", burst))
    ]
    return [
        *table(f"opening a page, {LOADS} times", ("", "first content ms", "worst", "layout shift"), loads),
        f"budgets: first content < {BUDGET_FIRST_MS:g} ms, layout shift {BUDGET_SHIFT:g}",
        *table("using it, the longest in ms", ("", "interaction", "task", "frame"), uses),
        f"budget: no interaction over {BUDGET_INTERACTION_MS:g} ms",
    ]
