"""Waiting at start for what is needed."""

from __future__ import annotations

import asyncio

import pytest

from lcm_core.hosting import StartupTimeout, wait_for
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time


def test_it_returns_when_the_dependency_answers() -> None:
    attempts = 0

    async def up_at_the_fourth_try() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 4:
            raise ConnectionRefusedError("refused")

    run_in_virtual_time(wait_for("etcd", up_at_the_fourth_try, 60, clock=LoopClock()))
    assert attempts == 4


def test_it_gives_up_with_what_was_missing_and_why() -> None:
    async def down() -> None:
        raise ConnectionRefusedError("refused")

    with pytest.raises(
        StartupTimeout,
        match=r"etcd at here:2379 did not become ready within 5 s; last failure: ConnectionRefusedError: refused",
    ):
        run_in_virtual_time(wait_for("etcd at here:2379", down, 5, clock=LoopClock()))


def test_an_attempt_that_hangs_is_given_up() -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StartupTimeout, match="no answer within 1 s"):
        run_in_virtual_time(wait_for("etcd", hangs, 5, attempt_seconds=1, clock=LoopClock()))
