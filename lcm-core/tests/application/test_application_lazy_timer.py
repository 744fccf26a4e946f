from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from lcm_core.lazy_timer import LazyTimer
from lcm_core.testing.virtual_time import run_in_virtual_time


class Rung:
    """When a timer rang."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def __call__(self) -> None:
        self.at.append(asyncio.get_running_loop().time())


def in_virtual_time(main: Coroutine[Any, Any, list[float]]) -> list[float]:
    return run_in_virtual_time(main)


def test_rings_once_at_the_moment_that_was_set() -> None:
    async def main() -> list[float]:
        timer = LazyTimer(rung := Rung())
        timer.set(5)
        await asyncio.sleep(100)
        return rung.at

    assert in_virtual_time(main()) == pytest.approx([5])


def test_rings_at_the_last_moment_set_be_it_later_or_sooner() -> None:
    async def main() -> list[float]:
        later, sooner = LazyTimer(rung := Rung()), LazyTimer(rung)
        for seconds in (5, 8, 20):
            later.set(seconds)
        for seconds in (20, 8, 5):
            sooner.set(seconds)
        await asyncio.sleep(100)
        return rung.at

    assert in_virtual_time(main()) == pytest.approx([5, 20])


def test_one_that_was_called_off_is_silent_until_it_is_set_again() -> None:
    async def main() -> list[float]:
        timer = LazyTimer(rung := Rung())
        timer.set(5)
        timer.call_off()
        await asyncio.sleep(10)
        timer.set(3)
        await asyncio.sleep(100)
        return rung.at

    assert in_virtual_time(main()) == pytest.approx([13])


def test_one_that_was_closed_is_not_kept_by_the_loop() -> None:
    async def main() -> list[float]:
        timer = LazyTimer(rung := Rung())
        timer.set(5)
        timer.close()
        await asyncio.sleep(10)
        return rung.at

    assert in_virtual_time(main()) == []
