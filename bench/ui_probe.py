"""What a browser tells of itself: first content, layout shift, long tasks, and how long interactions took."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page

_WATCH = """
(() => {
  const seen = (window.__seen = { shift: 0, tasks: [], interactions: [], frames: [] });
  const watch = (type, take, more) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  watch('layout-shift', (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
  watch('longtask', (entry) => seen.tasks.push(entry.duration));
  const ours = (entry) => { if (entry.interactionId) seen.interactions.push(entry.duration); };
  watch('event', ours, { durationThreshold: 16 });
  let before = performance.now();
  const frame = (now) => { seen.frames.push(now - before); before = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
})();
"""
_FRESH = "Object.assign(window.__seen, { shift: 0, tasks: [], interactions: [], frames: [] })"
_TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"
_FIRST = """performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"""


@dataclass(frozen=True, slots=True)
class Seen:
    """*shift* is the layout shift, all times are milliseconds. Interactions are those of 16 ms and more."""

    shift: float
    tasks: list[float]
    interactions: list[float]
    frames: list[float]

    @property
    def longest_interaction(self) -> float:
        return max(self.interactions, default=0.0)

    @property
    def longest_task(self) -> float:
        return max(self.tasks, default=0.0)

    @property
    def longest_frame(self) -> float:
        return max(self.frames, default=0.0)


async def watch(context: BrowserContext) -> None:
    """Have every page of *context* note from its beginning on."""
    await context.add_init_script(_WATCH)


async def first_content_ms(page: Page) -> float:
    """From the request for the page until something of it was painted."""
    return float(await page.evaluate(_FIRST))


async def forget(page: Page) -> None:
    await page.evaluate(_FRESH)


async def seen_on(page: Page) -> Seen:
    """What *page* has noted, once it has painted what it was asked for."""
    await page.evaluate(_TWO_FRAMES)
    return Seen(**await page.evaluate("window.__seen"))
