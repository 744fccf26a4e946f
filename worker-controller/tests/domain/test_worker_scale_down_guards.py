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
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import CapacityAllocation, PortRange, ResourceVector, Timeslot, WorkerLicense
from worker_controller.domain.disruption import DisruptionBudget, WeeklyWindow
from worker_controller.domain.scale_down import GUARDS, ScaleDownFacts, ScaleDownPolicy, judge, retired

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
    assert names[:4] == ["enabled", "above_minimum", "no_sessions", "nothing_soon"]
    assert names[4:] == ["above_warm", "idle", "cooldown", "window", "budget"]


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


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (replace(POLICY, min_per_region=1), "1 running in us-east-1, 1 are to be kept"),
        (replace(POLICY, min_per_template=2), "2 running of t, 2 are to be kept"),
    ],
)
def test_so_many_are_kept_of_each_region_and_template(policy: ScaleDownPolicy, why: str) -> None:
    elsewhere = a_worker("w-2", region="eu-west-1")
    assert judge(facts(a_worker(), elsewhere), policy).why == why


def test_every_guard_is_asked_and_the_first_that_refuses_is_told() -> None:
    answer = judge(facts(a_worker(last_activity_at=NOW)), replace(POLICY, enabled=False))
    assert answer.refused_by == "enabled"
    assert [each.guard for each in answer.guards] == [guard.name for guard in GUARDS]
    assert {each.guard for each in answer.guards if each.why_not} == {"enabled", "idle"}


def test_no_more_go_within_a_time_than_the_budget_allows() -> None:
    gone = [a_worker(f"w-{n}", status=CMLWorkerStatus.STOPPED, status_changed_at=ago(50)) for n in (2, 3)]
    policy = replace(POLICY, budget=DisruptionBudget(most=2, seconds=3600))
    assert judge(facts(a_worker(), *gone), policy).refused_by == "budget"
    assert judge(facts(a_worker(), *gone[:1]), policy).refused_by is None
    assert judge(facts(a_worker(), *gone), replace(policy, budget=DisruptionBudget(2, 1800))).refused_by is None


def test_outside_of_the_windows_nobody_goes() -> None:
    windows = (WeeklyWindow.parse("MON-FRI 18:00-06:00 Europe/Berlin"),)
    refused = judge(facts(a_worker()), replace(POLICY, budget=DisruptionBudget(windows=windows)))
    assert (refused.refused_by, refused.why) == ("window", "it is outside of MON-FRI 18:00-06:00 Europe/Berlin")


@pytest.mark.parametrize(
    "changes",
    [
        {"status_changed_at": ago(60)},
        {"status": CMLWorkerStatus.RUNNING},
        {"desired_status": WorkerDesiredStatus.RUNNING},
        {"allocations": (held_over(10_000, 10_060),)},
        {"idle_detection_enabled": False},
    ],
)
def test_who_has_not_rested_long_or_is_promised_or_wanted_is_not_retired(changes: dict[str, Any]) -> None:
    rested: dict[str, Any] = {"status": CMLWorkerStatus.STOPPED, "desired_status": WorkerDesiredStatus.STOPPED}
    policy = replace(POLICY, retention_seconds=7200)
    assert [each.id for each in retired([a_worker(**rested)], policy, NOW)] == ["w-1"]
    assert retired([a_worker(**(rested | changes))], policy, NOW) == []
