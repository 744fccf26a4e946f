from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lcm_core.domain.delivery_terms import WaitingLimits
from lcm_core.domain.enums import LabletSessionStatus as S
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.read_models import StepRecord
from lcm_core.domain.read_models.lablet_session_read_model import NO_SHOW_STEP, StateChange
from lcm_core.domain.values import RecoveryHold, Timeslot
from lcm_core.testing.placement_builders import NOW, a_session_row, an_allocation, minutes_from_now
from resource_scheduler.domain.deadlines import (
    CLOCKED_STATUSES,
    DEADLINES,
    Deed,
    SlotFacts,
    SlotPolicy,
    deadlines,
    due,
    held_on_until,
)

POLICY = SlotPolicy(grace_seconds=1800, warn_seconds=300)
LEAD, TEARDOWN = 600, 900


def facts(status: S, at_minutes: float = 0, *, held_until: float | None = None, **changes: Any) -> SlotFacts:
    """A session whose slot is the hour from NOW on, with ten minutes before and a quarter of an hour after it."""
    worker_serves = changes.pop("worker_serves", True)
    session = a_session_row(status=status, lead_seconds=LEAD, teardown_seconds=TEARDOWN, **changes)
    held = an_allocation("s-1", interval=minutes_from_now(-10, held_until)) if held_until is not None else None
    return SlotFacts(session, NOW + timedelta(minutes=at_minutes), POLICY, held, worker_serves)


def held_until(minutes: float) -> RecoveryHold:
    deadline = NOW + timedelta(minutes=minutes)
    return RecoveryHold(worker_id="w-1", since=NOW, deadline=deadline, reason="host lost")


def ahead(given: SlotFacts) -> dict[Deed, float]:
    """Minutes from NOW by deed."""
    return {each.deed: (each.at - NOW).total_seconds() / 60 for each in deadlines(given)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(S.PENDING), {Deed.EXPIRE: 30}),
        (facts(S.PENDING, grace_seconds=60), {Deed.EXPIRE: 1}),
        (facts(S.PENDING, grace_seconds=7200), {Deed.EXPIRE: 60}),
        (facts(S.SCHEDULED), {Deed.EXPIRE: 60, Deed.BEGIN: -10}),
        (facts(S.SCHEDULED, worker_serves=False), {Deed.EXPIRE: 60}),
        (facts(S.SCHEDULED, worker_serves=False, limits=WaitingLimits(host_seconds=120)), {Deed.EXPIRE: 2}),
        (facts(S.SCHEDULED, limits=WaitingLimits(host_seconds=120)), {Deed.EXPIRE: 60, Deed.BEGIN: -10}),
        (facts(S.INSTANTIATING, held_until=75), {Deed.FAIL: 60, Deed.HOLD_ON: 75}),
        (facts(S.INSTANTIATING, limits=WaitingLimits(instantiation_seconds=900)), {Deed.FAIL: 15}),
        (facts(S.INSTANTIATING, limits=WaitingLimits(instantiation_seconds=7200)), {Deed.FAIL: 60}),
        (facts(S.READY), {Deed.NO_SHOW: 75, Deed.ASK: 60}),
        (facts(S.READY, no_show_seconds=600), {Deed.NO_SHOW: 75, Deed.ASK: 10}),
        (
            facts(S.READY, no_show_seconds=600, status_changed_at=NOW + timedelta(minutes=20)),
            {Deed.NO_SHOW: 75, Deed.ASK: 30},
        ),
        (facts(S.RUNNING), {Deed.END: 60, Deed.WARN: 55}),
        (facts(S.RUNNING, ending_warned_for=NOW + timedelta(minutes=60)), {Deed.END: 60}),
        (facts(S.RUNNING, ending_warned_for=NOW + timedelta(minutes=30)), {Deed.END: 60, Deed.WARN: 55}),
        (facts(S.RUNNING, 60), {Deed.END: 60}),
        (facts(S.RUNNING, recovery=held_until(20)), {Deed.GIVE_UP: 20}),
        (facts(S.RUNNING, 60, recovery=held_until(70)), {Deed.GIVE_UP: 70}),
        (facts(S.COLLECTING, recovery=held_until(70)), {Deed.GIVE_UP: 70}),
        (facts(S.GRADING, held_until=75), {Deed.HOLD_ON: 75}),
        (facts(S.STOPPED, held_until=75), {}),
    ],
)
def test_what_lies_before_a_session(given: SlotFacts, expected: dict[Deed, float]) -> None:
    found = ahead(given)
    found.pop(Deed.GIVE_BACK, None)
    assert found == expected


def test_where_a_definition_sets_no_limit_the_settings_do() -> None:
    policy = SlotPolicy(grace_seconds=1800, warn_seconds=300, host_seconds=300, instantiation_seconds=600)
    own = WaitingLimits(instantiation_seconds=60)
    assert ahead(replace(facts(S.SCHEDULED, worker_serves=False), policy=policy)) == {Deed.EXPIRE: 5}
    assert ahead(replace(facts(S.INSTANTIATING), policy=policy)) == {Deed.FAIL: 10}
    assert ahead(replace(facts(S.INSTANTIATING, limits=own), policy=policy)) == {Deed.FAIL: 1}


def test_whoever_was_asked_for_is_not_asked_for_again_until_the_time_for_it_changes() -> None:
    step = StepRecord(
        pipeline=PipelineName.COLLECT,
        step=NO_SHOW_STEP,
        status=StepStatus.COMPLETED,
        result={"due_at": (NOW + timedelta(minutes=60)).isoformat()},
    )
    assert Deed.ASK not in ahead(facts(S.READY, steps=(step,)))
    extended = minutes_from_now(0, 90)
    assert ahead(facts(S.READY, steps=(step,), timeslot=extended))[Deed.ASK] == 90


def left_early(status: S, at_minutes: float) -> dict[str, Any]:
    at = NOW + timedelta(minutes=at_minutes)
    change = StateChange(source=S.RUNNING, target=S.COLLECTING, at=at, by="lms")
    return {"status": status, "state_history": (change,), "status_changed_at": at}


def test_room_of_a_session_that_ended_early_is_held_for_the_teardown_only() -> None:
    given = facts(at_minutes=22, held_until=75, **left_early(S.GRADING, 22))
    assert [each.deed for each in due(given)] == [Deed.GIVE_BACK]
    overtime = facts(at_minutes=41, held_until=45, **left_early(S.GRADING, 22))
    assert due(overtime) == [], "what was held on afterwards is not given back again"


def test_room_is_held_on_to_by_whole_slots() -> None:
    assert held_on_until(NOW) == NOW + timedelta(minutes=5)
    assert held_on_until(NOW + timedelta(seconds=1)) == NOW + timedelta(minutes=5)
    assert held_on_until(NOW + timedelta(minutes=4, seconds=59)) == NOW + timedelta(minutes=5)


def test_a_session_that_is_to_end_anyway_is_only_watched_for_its_room() -> None:
    given = facts(S.STOPPING, 80, held_until=75, terminate_requested=True)
    assert [each.deed for each in due(given)] == [Deed.HOLD_ON]
    assert deadlines(facts(S.RUNNING, 80, terminate_requested=True)) == []


def test_of_deadlines_that_are_due_together_the_first_in_the_table_counts() -> None:
    assert due(facts(S.SCHEDULED, 61))[0].deed is Deed.EXPIRE
    assert due(facts(S.READY, 80, held_until=75))[0].deed is Deed.NO_SHOW


def test_every_deed_has_a_rule_and_resting_statuses_have_none() -> None:
    assert {rule.deed for rule in DEADLINES} == set(Deed)
    assert set(S) - CLOCKED_STATUSES == {S.STOPPED, S.ARCHIVED, S.TERMINATED}


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Zurich", "2030-03-31T01:30"),
        ("Europe/Zurich", "2030-10-27T01:30"),
        ("America/New_York", "2030-03-10T01:30"),
        ("Australia/Lord_Howe", "2030-04-07T01:30"),
    ],
)
def test_a_slot_over_a_change_of_daylight_saving_keeps_its_length(zone: str, start: str) -> None:
    """Two hours of a learner are two hours, whatever the clock on the wall does meanwhile."""
    local = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    instant = local.astimezone(UTC)
    booked = Timeslot(start=local, end=(instant + timedelta(hours=2)).astimezone(ZoneInfo(zone)))
    assert (booked.duration, booked.start) == (timedelta(hours=2), instant)
    session = a_session_row(status=S.RUNNING, timeslot=booked)
    found = {each.deed: each.at for each in deadlines(SlotFacts(session, booked.start, POLICY))}
    assert found[Deed.END].timestamp() - booked.start.timestamp() == 7200
    assert found[Deed.END].timestamp() - found[Deed.WARN].timestamp() == 300
