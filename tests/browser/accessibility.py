"""axe over a whole page, as it is seen: WCAG 2.2 AA, and nothing wider than the window."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

_AXE = Path(__file__).resolve().parents[2] / "control-plane-api/ui/node_modules/axe-core/axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_REST = """
new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame))).then(() => Promise.allSettled(
  document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
    .map((each) => each.finished)
)).then(() => null)
"""
COLOURS = ["color-contrast"]
"""All that another theme can change."""


@cache
def _axe() -> str:
    return _AXE.read_text()


async def faults_of(page: Page, rules: list[str] | None = None) -> list[str]:
    """What *page* breaks once it has come to rest, of WCAG 2.2 AA or of *rules* only; a line for each element."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_axe())
    await page.evaluate(_REST)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": _TAGS}
    found: list[dict[str, Any]] = await page.evaluate(
        "async (only) => (await axe.run(document, { runOnly: only, resultTypes: ['violations'] })).violations"
        ".map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => [node.target, node.failureSummary]) }))",
        only,
    )
    broken = [
        f"{each['id']}: {json.dumps(target)}: {' '.join(why.split())}"
        for each in found
        for target, why in each["nodes"]
    ]
    too_wide: int = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*broken, f"{too_wide} px wider than the window"] if too_wide > 0 else broken
