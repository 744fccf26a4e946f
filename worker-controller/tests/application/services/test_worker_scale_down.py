from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import Timeslot
from lcm_core.testing.placement_builders import a_session_row
from worker_controller.application.services.scale_down import SCALE_DOWN_KEY, ScaleDownReconciler
from worker_controller.domain.scale_down import ScaleDownPolicy


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
    sessions: Any = Sessions(*pending)
    return ScaleDownReconciler(world.record, sessions, ScaleDownPolicy(**(policy | changes)), clock=world.clock)


def idle_worker(world: Any, worker_id: str, **changes: Any) -> None:
    since = world.clock.now() - timedelta(hours=2)
    world.add_worker(worker_id, status=CMLWorkerStatus.RUNNING, status_changed_at=since, **changes)


async def test_one_idle_worker_at_a_time_is_drained_the_dearest_first(world: Any) -> None:
    idle_worker(world, "w-1", cost_per_hour_usd=1)
    idle_worker(world, "w-2", cost_per_hour_usd=5)
    reconciler = scale_down(world)
    await reconciler.reconcile(SCALE_DOWN_KEY)
    await reconciler.reconcile(SCALE_DOWN_KEY)
    assert world.record.drained == ["w-2"]
    assert {each.worker_id: each.refused_by for each in reconciler.report.verdicts} == {"w-1": "cooldown"}


@pytest.mark.parametrize(("promised", "drained"), [(None, []), ("w-other", ["w-1"])])
async def test_only_sessions_that_nobody_holds_room_for_keep_every_worker(
    world: Any, promised: str | None, drained: list[str]
) -> None:
    idle_worker(world, "w-1")
    due = a_session_row(timeslot=Timeslot(start=world.clock.now(), end=world.clock.now() + timedelta(hours=1)))
    due = due.model_copy(update={"promised_worker_id": promised})
    await scale_down(world, due).reconcile(SCALE_DOWN_KEY)
    assert world.record.drained == drained


async def test_turned_off_it_has_nothing_to_do(world: Any) -> None:
    idle_worker(world, "w-1")
    reconciler = scale_down(world, enabled=False)
    assert await reconciler.list_keys() == []
    await reconciler.reconcile(SCALE_DOWN_KEY)
    assert (world.record.drained, reconciler.report.enabled) == ([], False)


async def test_the_aggregate_has_the_last_word(world: Any) -> None:
    idle_worker(world, "w-1")
    world.record.drain_refusal = RuleViolation("a session was just placed", code="worker-has-sessions")
    await scale_down(world).reconcile(SCALE_DOWN_KEY)
    assert world.status() is CMLWorkerStatus.RUNNING


@pytest.mark.parametrize("status", [CMLWorkerStatus.PROVISIONING, CMLWorkerStatus.STOPPED, CMLWorkerStatus.DRAINING])
async def test_only_running_workers_are_judged(world: Any, status: CMLWorkerStatus) -> None:
    world.add_worker(status=status)
    reconciler = scale_down(world)
    await reconciler.reconcile(SCALE_DOWN_KEY)
    assert reconciler.report.verdicts == []


async def test_a_worker_that_has_rested_for_long_is_terminated_and_told_why(world: Any) -> None:
    since, stopped = world.clock.now() - timedelta(days=8), WorkerDesiredStatus.STOPPED
    world.add_worker("w-1", status=CMLWorkerStatus.STOPPED, desired_status=stopped, status_changed_at=since)
    await scale_down(world, retention_seconds=604_800).reconcile(SCALE_DOWN_KEY)
    assert world.record.wanted == [("w-1", WorkerDesiredStatus.TERMINATED, "retention: stopped for 8.0 days")]
