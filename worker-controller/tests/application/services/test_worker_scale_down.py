from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.fleet_care import DisruptionBudget, DisruptionReason, WorkerCareTerms
from lcm_core.domain.values import Timeslot
from lcm_core.testing.placement_builders import a_session_row
from worker_controller.application.services.scale_down import AGGREGATE, SCALE_DOWN_KEY, ScaleDownReconciler
from worker_controller.domain.scale_down import GUARDS, ScaleDownPolicy


class Sessions:
    def __init__(self, *pending: Any) -> None:
        self.pending = list(pending)

    async def list(self, statuses: Iterable[object] = ()) -> list[Any]:
        return self.pending


def scale_down(world: Any, *pending: Any, **changes: Any) -> ScaleDownReconciler:
    policy: dict[str, Any] = {
        "enabled": True,
        "min_workers": 0,
        "look_ahead_seconds": 1800,
        "idle_seconds": 1800,
        "cooldown_seconds": 600,
    }
    world.client.sessions = Sessions(*pending)
    return ScaleDownReconciler(world.client, ScaleDownPolicy(**(policy | changes)), clock=world.clock)


def gone(world: Any) -> list[str]:
    return [worker_id for worker_id, _, _ in world.record.retired]


def idle_worker(world: Any, worker_id: str, **changes: Any) -> None:
    since = world.clock.now() - timedelta(hours=2)
    world.add_worker(worker_id, status=CMLWorkerStatus.RUNNING, status_changed_at=since, **changes)


async def test_one_idle_worker_at_a_time_is_drained_the_dearest_first(world: Any) -> None:
    idle_worker(world, "w-1", cost_per_hour_usd=1)
    idle_worker(world, "w-2", cost_per_hour_usd=5)
    reconciler = scale_down(world)
    await reconciler.reconcile(SCALE_DOWN_KEY)
    await reconciler.reconcile(SCALE_DOWN_KEY)
    assert gone(world) == ["w-2"]
    assert {each.worker_id: each.refused_by for each in reconciler.report.verdicts} == {"w-1": "cooldown"}


@pytest.mark.parametrize(("promised", "drained"), [(None, []), ("w-other", ["w-1"])])
async def test_only_sessions_that_nobody_holds_room_for_keep_every_worker(
    world: Any, promised: str | None, drained: list[str]
) -> None:
    idle_worker(world, "w-1")
    due = a_session_row(timeslot=Timeslot(start=world.clock.now(), end=world.clock.now() + timedelta(hours=1)))
    due = due.model_copy(update={"promised_worker_id": promised})
    await scale_down(world, due).reconcile(SCALE_DOWN_KEY)
    assert gone(world) == drained


async def test_turned_off_that_is_the_answer_that_stands_for_each_worker(world: Any) -> None:
    idle_worker(world, "w-1")
    reconciler = scale_down(world, enabled=False)
    assert await reconciler.list_keys() == [SCALE_DOWN_KEY]
    await reconciler.reconcile(SCALE_DOWN_KEY)
    assert (gone(world), reconciler.report.enabled) == ([], False)
    assert [(each.decided_by, each.taken) for each in world.care.findings] == [("enabled", False)]


async def test_the_aggregate_has_the_last_word_and_it_is_kept(world: Any) -> None:
    idle_worker(world, "w-1")
    world.record.refusal = RuleViolation("a session was just placed", code="worker-has-sessions")
    await scale_down(world).reconcile(SCALE_DOWN_KEY)
    assert world.status() is CMLWorkerStatus.RUNNING
    (finding,) = world.care.findings
    assert (finding.taken, finding.decided_by, finding.summary) == (False, AGGREGATE, "a session was just placed")


async def test_a_worker_is_looked_at_once_more_before_it_goes(world: Any) -> None:
    idle_worker(world, "w-1")
    fresh = world.record.get

    async def meanwhile(worker_id: str) -> Any:
        world.record.change(worker_id, idle_detection_enabled=False)
        return await fresh(worker_id)

    world.record.get = meanwhile
    await scale_down(world).reconcile(SCALE_DOWN_KEY)
    assert gone(world) == []
    assert [each.decided_by for each in world.care.findings] == ["idle_detection"]


@pytest.mark.parametrize("status", [CMLWorkerStatus.PROVISIONING, CMLWorkerStatus.DRAINING, CMLWorkerStatus.FAILED])
async def test_only_running_and_stopped_workers_are_judged(world: Any, status: CMLWorkerStatus) -> None:
    world.add_worker(status=status)
    reconciler = scale_down(world)
    await reconciler.reconcile(SCALE_DOWN_KEY)
    assert reconciler.report.verdicts == []
    assert world.care.findings == []


async def test_every_worker_is_told_of_in_one_call_with_every_guard_and_its_figures(world: Any) -> None:
    idle_worker(world, "w-1", cost_per_hour_usd=5)
    idle_worker(world, "w-2", last_activity_at=world.clock.now())
    calls: list[int] = []
    record = world.care.record_scaling

    async def counted(body: Any) -> Any:
        calls.append(len(body.findings))
        return await record(body)

    world.care.record_scaling = counted
    await scale_down(world).reconcile(SCALE_DOWN_KEY)
    assert calls == [2]
    went, kept = world.care.findings
    assert (went.worker_id, went.taken, kept.worker_id, kept.decided_by) == ("w-1", True, "w-2", "idle")
    assert [each.name for each in kept.answers] == [guard.name for guard in GUARDS]
    assert kept.inputs["idle_seconds"] == 0


def resting(world: Any, worker_id: str, days: float, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "status": CMLWorkerStatus.STOPPED,
        "desired_status": WorkerDesiredStatus.STOPPED,
        "status_changed_at": world.clock.now() - timedelta(days=days),
    }
    world.add_worker(worker_id, **(facts | changes))


async def test_a_worker_that_has_rested_for_long_is_removed_and_told_why(world: Any) -> None:
    resting(world, "w-1", 8)
    resting(world, "w-2", 6)
    await scale_down(world).reconcile(SCALE_DOWN_KEY)
    assert world.record.retired == [
        ("w-1", DisruptionReason.RETENTION, "retention: stopped for long, booked by nobody")
    ]
    assert [(each.worker_id, each.decided_by) for each in world.care.findings] == [("w-1", ""), ("w-2", "retention")]


async def test_of_many_that_have_rested_no_more_go_than_the_budget_allows_the_longest_first(world: Any) -> None:
    for number in range(5):
        resting(world, f"w-{number}", 10 + number)
    world.care.terms = WorkerCareTerms(budgets=(DisruptionBudget(most_workers=2, window_seconds=3600),))
    await scale_down(world).reconcile(SCALE_DOWN_KEY)
    assert gone(world) == ["w-4", "w-3"]
    assert [each.decided_by for each in world.care.findings[2:]] == ["budget"] * 3
