"""Keeps Python's garbage collector from looking through a whole service again and again.

A service is made of some hundred thousand objects that live as long as it does. A full collection goes through all of
them, and everybody waits meanwhile: hundreds of milliseconds where many streams are open.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

_COLLECT_AFTER = 10_000
"""New objects until the next small collection. To wake a thousand readers makes a thousand, and none is garbage."""


@contextmanager
def start_set_aside() -> Generator[None]:
    """Within the block, what is there at its beginning is never looked at, and new objects less often."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
