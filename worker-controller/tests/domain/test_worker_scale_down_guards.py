from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import (
    CMLWorkerStatus,
    LicenseStatus,
    LicenseType,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.fleet_care import CareWindow, Disruption, DisruptionBudget, DisruptionReason, WorkerCareTerms
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import CapacityAllocation, PortRange, ResourceVector, Timeslot, WorkerLicense
from worker_controller.domain.scale_down import GUARDS, RETENTION_GUARDS, ScaleDownFacts, ScaleDownPolicy, judge

NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=5)
POLICY = ScaleDownPolicy(enabled=True, min_workers=0, look_ahead_seconds=1800, idle_seconds=1800, cooldown_seconds=600)


def a_worker(worker_id: str = "w-1", **changes: Any) -> CMLWorkerReadModel:
    facts: dict[str, Any] = {
        "id": worker_id,
        "version": 1,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "name": worker_id,
        "region": "us-east-1",
        "template_name": "t",
        "status": CMLWorkerStatus.RUNNING,
        "desired_status": WorkerDesiredStatus.RUNNING,
        "service_status": WorkerServiceStatus.AVAILABLE,
        "declared": ResourceVector(cpu_cores=8),
        "port_range": PortRange(),
        "license": WorkerLicense(type=LicenseType.ENTERPRISE, status=LicenseStatus.REGISTERED),
        "instance_type": "m5zn.metal",
        "status_changed_at": LONG_AGO,
    }
    return CMLWorkerReadModel(**(facts | changes))


def held_over(start_minutes: float, end_minutes: float) -> CapacityAllocation:
    slot = Timeslot(start=NOW + timedelta(minutes=start_minutes), end=NOW + timedelta(minutes=end_minutes))
    return CapacityAllocation(session_id="s", vector=ResourceVector(cpu_cores=1), interval=slot, allocated_at=NOW)


def facts(worker: CMLWorkerReadModel, *others: CMLWorkerReadModel, unplaced_due: int = 0) -> ScaleDownFacts:
    return ScaleDownFacts(worker, (worker, *others), unplaced_due, NOW)


def test_a_worker_that_nobody_needs_may_go() -> None:
    assert judge(facts(a_worker()), POLICY).refused_by is None


@pytest.mark.parametrize(
    ("given", "policy", "guard"),
    [
        (facts(a_worker()), replace(POLICY, enabled=False), "enabled"),
        (facts(a_worker(idle_detection_enabled=False)), POLICY, "idle_detection"),
        (facts(a_worker()), replace(POLICY, min_workers=1), "above_minimum"),
        (facts(a_worker(allocations=(held_over(-30, 30),))), POLICY, "no_sessions"),
        (facts(a_worker(allocations=(held_over(-60, -30),))), POLICY, "no_sessions"),
        (facts(a_worker(allocations=(held_over(29, 90),))), POLICY, "nothing_soon"),
        (facts(a_worker(), unplaced_due=1), POLICY, "nothing_soon"),
        (facts(a_worker(), a_worker("w-2")), replace(POLICY, warm_workers=2), "above_warm"),
        (facts(a_worker(status_changed_at=NOW - timedelta(minutes=29))), POLICY, "idle"),
        (facts(a_worker(last_activity_at=NOW - timedelta(minutes=29))), POLICY, "idle"),
        (
            facts(a_worker(), a_worker("w-2", status=CMLWorkerStatus.DRAINING, status_changed_at=NOW)),
            POLICY,
            "cooldown",
        ),
    ],
)
def test_each_guard_keeps_the_worker_and_says_which_it_was(
    given: ScaleDownFacts, policy: ScaleDownPolicy, guard: str
) -> None:
    answer = judge(given, policy)
    assert answer.refused_by == guard
    assert answer.why


def test_every_guard_is_seen_refusing() -> None:
    names = [guard.name for guard in GUARDS]
    assert names[:5] == ["enabled", "idle_detection", "above_minimum", "no_sessions", "nothing_soon"]
    assert names[5:] == ["above_warm", "idle", "cooldown", "window", "budget"]


def test_a_session_beyond_the_look_ahead_keeps_nobody() -> None:
    assert judge(facts(a_worker(allocations=(held_over(31, 90),))), POLICY).refused_by is None


def test_a_promise_is_a_booking_within_the_look_ahead_and_lets_the_worker_sleep_beyond_it() -> None:
    promised = {"granted": False}
    soon, late = (held_over(minutes, 90).model_copy(update=promised) for minutes in (29, 31))
    assert judge(facts(a_worker(allocations=(soon,))), POLICY).refused_by == "nothing_soon"
    assert judge(facts(a_worker(allocations=(late,))), POLICY).refused_by is None


def test_only_idle_workers_of_the_same_region_stand_ready() -> None:
    warm = replace(POLICY, warm_workers=1)
    elsewhere, busy = a_worker("w-2", region="eu-west-1"), a_worker("w-3", allocations=(held_over(-5, 30),))
    assert judge(facts(a_worker(), elsewhere, busy), warm).refused_by == "above_warm"
    assert judge(facts(a_worker(), a_worker("w-4")), warm).refused_by is None


def test_a_worker_that_is_already_wanted_stopped_does_not_count_as_running() -> None:
    leaving = a_worker("w-2", desired_status=WorkerDesiredStatus.STOPPED)
    assert judge(facts(a_worker(), leaving), replace(POLICY, min_workers=1)).refused_by == "above_minimum"


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def under(given: ScaleDownFacts, *went: Disruption, **terms: Any) -> ScaleDownFacts:
    return replace(given, terms=WorkerCareTerms(**terms), went=went)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"min_workers_by_region": {"us-east-1": 1}}, "1 running in us-east-1, 1 are to be kept"),
        ({"min_workers_by_region": {"*": 1}}, "1 running in us-east-1, 1 are to be kept"),
        ({"min_workers_by_template": {"t": 2}}, "2 running of t, 2 are to be kept"),
    ],
)
def test_so_many_are_kept_of_each_region_and_template(terms: dict[str, Any], why: str) -> None:
    elsewhere = a_worker("w-2", region="eu-west-1")
    assert judge(under(facts(a_worker(), elsewhere), **terms), POLICY).why == why


def test_what_is_said_of_one_region_goes_before_what_is_said_of_each() -> None:
    terms = {"min_workers_by_region": {"*": 5, "us-east-1": 0}}
    assert judge(under(facts(a_worker()), **terms), POLICY).refused_by is None


def test_every_guard_is_asked_and_the_first_that_refuses_is_told() -> None:
    answer = judge(facts(a_worker(last_activity_at=NOW)), replace(POLICY, enabled=False))
    assert answer.refused_by == "enabled"
    assert [each.name for each in answer.answers] == [guard.name for guard in GUARDS]
    assert {each.name for each in answer.answers if not each.passes} == {"enabled", "idle"}


def test_no_more_go_within_a_time_than_the_budget_allows() -> None:
    went = Disruption(worker_id="w-2", reason=DisruptionReason.SPOT, at=ago(50))
    budget = (DisruptionBudget(most_workers=1, window_seconds=3600),)
    assert judge(under(facts(a_worker()), went, budgets=budget), POLICY).refused_by == "budget"
    assert judge(under(facts(a_worker()), budgets=budget), POLICY).refused_by is None


def test_outside_of_the_windows_nobody_goes() -> None:
    nights = CareWindow.model_validate(
        {"kind": "allowed", "days": ["tuesday"], "start": "18:00", "minutes": 720, "time_zone": "Europe/Berlin"}
    )
    assert judge(under(facts(a_worker()), windows=(nights,)), POLICY).refused_by == "window"


RESTED: dict[str, Any] = {"status": CMLWorkerStatus.STOPPED, "desired_status": WorkerDesiredStatus.STOPPED}


def test_who_has_rested_for_long_is_removed() -> None:
    given = under(facts(a_worker(**RESTED)), retention_seconds=7200)
    assert judge(given, POLICY, RETENTION_GUARDS).refused_by is None


@pytest.mark.parametrize(
    ("changes", "terms", "policy", "guard"),
    [
        ({}, {}, replace(POLICY, enabled=False), "enabled"),
        ({"idle_detection_enabled": False}, {}, POLICY, "idle_detection"),
        ({"desired_status": WorkerDesiredStatus.RUNNING}, {}, POLICY, "wanted_at_rest"),
        ({"allocations": (held_over(10_000, 10_060),)}, {}, POLICY, "nothing_booked"),
        ({"status_changed_at": ago(60)}, {}, POLICY, "retention"),
        ({}, {"retention_seconds": None}, POLICY, "retention"),
        ({}, {"budgets": (DisruptionBudget(most_workers=0, window_seconds=60),)}, POLICY, "budget"),
    ],
)
def test_each_guard_of_retention_keeps_a_stopped_worker(
    changes: dict[str, Any], terms: dict[str, Any], policy: ScaleDownPolicy, guard: str
) -> None:
    given = under(facts(a_worker(**(RESTED | changes))), **({"retention_seconds": 7200} | terms))
    assert judge(given, policy, RETENTION_GUARDS).refused_by == guard
