"""Promises that change their worker, and a landscape that is worked out beside the loop."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from control_plane_api.application.queries import get_landscape_query
from control_plane_api.application.queries.get_landscape_query import GetLandscapeQuery, GetLandscapeQueryHandler
from control_plane_api.application.services.moving import Moving, move_promises
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.testing.builders import a_session, a_worker, made_ready
from lcm_core.clock import SystemClock
from lcm_core.placement.landscape import landscape

STAMP = Stamp(SystemClock().now(), "test")


def test_the_place_of_the_first_that_cannot_move_is_told() -> None:
    session, source, target = a_session(), made_ready(a_worker()), made_ready(a_worker())
    source.promise(session.id, session.state.requirements, session.occupation(), STAMP)
    session.promise_moved(source.id, "there is room", STAMP)
    movable, gone = Moving(session, source, target, "moves"), Moving(None, source, target, "moves")
    assert move_promises([movable, gone], STAMP) == 1
    assert target.allocation_of(session.id) is not None


class NoRows:
    async def in_any(self, field: str, values: Any, **equality: Any) -> list[Any]:
        return []


async def test_the_loop_goes_on_while_a_landscape_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def noted(*facts: Any) -> Any:
        threads.append(threading.current_thread())
        return landscape(*facts)

    monkeypatch.setattr(get_landscape_query, "landscape", noted)
    rows: Any = NoRows()
    seen = await GetLandscapeQueryHandler(rows, rows, SystemClock()).handle(GetLandscapeQuery(hours=2))
    assert seen.hours[1].start - seen.hours[0].start == timedelta(hours=1)
    assert threading.current_thread() not in threads
