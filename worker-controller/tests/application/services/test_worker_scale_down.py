from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import RuleViolation
from worker_controller.application.services.scale_down import SCALE_DOWN_KEY, ScaleDownReconciler
from worker_controller.domain.scale_down import ScaleDownPolicy


class NoSessions:
    async def list(self, statuses: Iterable[object] = ()) -> list[Any]:
        return []


def scale_down(world: Any, **changes: Any) -> ScaleDownReconciler:
    policy: dict[str, Any] = {
        "enabled": True,
        "min_workers": 0,
        "look_ahead_seconds": 1800,
        "idle_seconds": 1800,
        "cooldown_seconds": 600,
    }
    sessions: Any = NoSessions()
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
