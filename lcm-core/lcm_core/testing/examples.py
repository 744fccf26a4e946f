"""How many examples a property is tried on: a third of what it is worth in the usual run."""

from __future__ import annotations

import os

EVERY = bool(os.environ.get("LCM_EVERY_EXAMPLE"))
_FEWEST = 10


def examples(thorough: int) -> int:
    """*thorough* with LCM_EVERY_EXAMPLE (`make test-properties`), else a third of it."""
    return thorough if EVERY else max(_FEWEST, thorough // 3)
