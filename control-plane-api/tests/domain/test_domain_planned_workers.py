"""A worker that exists in the books only, until it is wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from control_plane_api.domain.events.registry import Stamp
from control_plane_api.testing.builders import SMALL, a_worker, made_ready
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import Timeslot

LOOK_AHEAD = timedelta(minutes=30)


def stamp(**ago: float) -> Stamp:
    return Stamp(at=datetime(2030, 1, 1, tzinfo=UTC) + timedelta(**ago), by="scheduler")


def test_a_planned_worker_is_expected_its_start_up_time_after_it_is_wanted() -> None:
    worker = a_worker()
    worker.set_desired_status(WorkerDesiredStatus.STOPPED, "planned", LOOK_AHEAD, stamp(), force=False)
    worker.set_desired_status(WorkerDesiredStatus.RUNNING, "its first booking", LOOK_AHEAD, stamp(days=7), force=False)
    start = timedelta(seconds=worker.state.startup_seconds)
    assert worker.state.expected_ready_at == stamp(days=7).at + start


def test_a_worker_with_a_booking_far_ahead_may_be_stopped_and_not_terminated() -> None:
    worker = made_ready(a_worker())
    next_week = stamp(days=7).at
    slot = Timeslot(start=next_week, end=next_week + timedelta(hours=1))
    worker.allocate("s-1", SMALL, (), slot, stamp())
    with pytest.raises(RuleViolation, match="booked on it"):
        worker.set_desired_status(WorkerDesiredStatus.TERMINATED, "cost", LOOK_AHEAD, stamp(), force=False)
    assert worker.set_desired_status(WorkerDesiredStatus.STOPPED, "idle", LOOK_AHEAD, stamp(), force=False)
    assert worker.set_desired_status(WorkerDesiredStatus.TERMINATED, "for good", LOOK_AHEAD, stamp(), force=True)
