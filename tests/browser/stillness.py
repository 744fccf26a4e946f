"""What moved by itself while a page was loaded, as the browser counts it (layout shift)."""

from __future__ import annotations

from playwright.async_api import Page

_WATCH = """
(() => {
  const shift = (window.__shift = { sum: 0, moved: [] });
  const named = (node) => {
    const element = node instanceof Element ? node : node?.parentElement;
    return element ? `${element.tagName.toLowerCase()} "${element.textContent.slice(0, 40)}"` : 'something';
  };
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
    if (entry.hadRecentInput) return;
    shift.sum += entry.value;
    for (const { node, previousRect: before, currentRect: now } of entry.sources)
      shift.moved.push(`${named(node)} from ${before.x | 0},${before.y | 0} to ${now.x | 0},${now.y | 0}`);
  })).observe({ type: 'layout-shift', buffered: true });
})();
"""
_TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"


async def watch_stillness(page: Page) -> None:
    """Have *page* note from now on, at each load anew."""
    await page.add_init_script(_WATCH)


async def moved_on(page: Page) -> tuple[float, list[str]]:
    """The layout shift since the load, 0 for a page that stood still, and what moved from where to where."""
    await page.evaluate(_TWO_FRAMES)
    seen = await page.evaluate("window.__shift")
    return float(seen["sum"]), [str(each) for each in seen["moved"]]
