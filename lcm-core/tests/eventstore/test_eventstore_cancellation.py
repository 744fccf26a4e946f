from __future__ import annotations

import asyncio

import pytest

from lcm_core.eventstore.cancellation import cancellation_kept


async def _deaf(failure: Exception | None = None) -> None:
    """Swallows a cancellation, as the driver does."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        if failure:
            raise failure from None


@pytest.mark.parametrize("failure", [None, ConnectionError("closed under us")])
async def test_swallowed_cancellation_is_raised_again(failure: Exception | None):
    async def work() -> None:
        with cancellation_kept():
            await _deaf(failure)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_timeout_still_looks_like_one():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            with cancellation_kept():
                await _deaf()


async def test_cleaning_up_after_a_cancellation_is_not_disturbed():
    cleaned = False

    async def work() -> None:
        nonlocal cleaned
        try:
            await asyncio.sleep(60)
        finally:
            with cancellation_kept():
                await asyncio.sleep(0)
            cleaned = True

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert cleaned
