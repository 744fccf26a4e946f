"""The addresses of the web UI, read from where it declares them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_PAGES = Path(__file__).resolve().parents[2] / "control-plane-api/ui/src/app/pages.ts"
_PATH = re.compile(r"\bpath: '(/[^']*)'")
_PART = re.compile(r"\$(\w+)")


def addresses(things: Mapping[str, str]) -> list[str]:
    """Every page of ``pages.ts``, with the id of one of *things* for each variable part, such as ``sessionId``."""
    paths = _PATH.findall(_PAGES.read_text())
    assert len(paths) > 10, f"no longer found in {_PAGES.name}: change the pattern here"
    unknown = {part for path in paths for part in _PART.findall(path)} - set(things)
    assert not unknown, f"pages are reached by {', '.join(unknown)}: make one of these for the walk"
    return [_PART.sub(lambda part: things[part[1]], path) for path in paths]
