"""Keeps a cancellation that the driver would lose.

PyMongo sends through ``asyncio.wait_for``, which on Python 3.11 swallows a cancellation that arrives just when
the sending has succeeded. The task would then run on, for ever where it works in a loop. Python 3.12 mended it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator


@contextlib.contextmanager
def cancellation_kept() -> Generator[None]:
    """Raises CancelledError at the end of the block if the task was cancelled within it and nobody noticed."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    except Exception:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError from None
        raise
    if task and task.cancelling() > before:
        raise asyncio.CancelledError
