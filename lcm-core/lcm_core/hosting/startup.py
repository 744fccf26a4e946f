"""Start order must not matter: each process waits for what it needs, says so, and gives up with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from lcm_core.clock import Clock, SystemClock

log = structlog.stdlib.get_logger(__name__)

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0
_REMIND_SECONDS = 5.0


class StartupTimeout(Exception):
    """Something needed at start did not come up; the message names it, how long was waited, and the last failure."""


async def _attempt(probe: Callable[[], Awaitable[object]], deadline_seconds: float) -> str | None:
    """None when *probe* succeeded, else why not."""
    try:
        async with asyncio.timeout(deadline_seconds):
            await probe()
    except TimeoutError:
        return f"no answer within {deadline_seconds:g} s"
    except Exception as error:  # noqa: BLE001 - any failure means «not yet»; it is told in the end
        return f"{type(error).__name__}: {error}"
    return None


async def wait_for(
    name: str,
    probe: Callable[[], Awaitable[object]],
    deadline_seconds: float,
    *,
    attempt_seconds: float = 2.0,
    clock: Clock | None = None,
) -> None:
    """Return when *probe* succeeds; ask again with growing pauses until then.

    *name* says what is waited for and where, e.g. ``"etcd at 127.0.0.1:2379"``. Raises ``StartupTimeout`` after
    *deadline_seconds*.
    """
    time = clock or SystemClock()
    started = time.monotonic()
    pause, reminded = _FIRST_PAUSE_SECONDS, started - _REMIND_SECONDS
    while True:
        failure = await _attempt(probe, attempt_seconds)
        waited = time.monotonic() - started
        if failure is None:
            log.info("startup_dependency_ready", dependency=name, waited_seconds=round(waited, 1))
            return
        if waited + pause > deadline_seconds:
            raise StartupTimeout(f"{name} did not become ready within {deadline_seconds:g} s; last failure: {failure}")
        if time.monotonic() - reminded >= _REMIND_SECONDS:
            reminded = time.monotonic()
            log.warning("waiting_for_dependency", dependency=name, waited_seconds=round(waited, 1), failure=failure)
        await time.sleep(pause)
        pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)
