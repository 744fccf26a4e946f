from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, SessionOutcome, WorkerDesiredStatus
from lcm_core.domain.errors import CapacityRefused
from lcm_core.reconcile import Done, RequeueAfter
from lcm_core.testing.placement_builders import (
    NOW,
    a_session_row,
    a_template_row,
    a_worker_row,
    an_allocation,
    minutes_from_now,
)
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.session_reconciler import SessionReconciler
from resource_scheduler.application.services.waiting_sessions import WaitingSessions


class Scheduler:
    def __init__(self, world: Any) -> None:
        self.waiting = WaitingSessions()
        self.asked_for_supply = 0
        self.fleet = FleetView(world.workers, world.templates, world.clock)
        self.reconciler = SessionReconciler(
            world.sessions,
            self.fleet,
            self.waiting,
            clock=world.clock,
            slack_seconds=60,
            grace_seconds=1800,
            attempts=3,
            ask_for_supply=self._ask,
        )

    def _ask(self) -> None:
        self.asked_for_supply += 1


@pytest.fixture
def scheduler(world: Any) -> Scheduler:
    return Scheduler(world)


async def test_a_due_session_is_scheduled_on_the_best_worker(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row("w-empty"), a_worker_row("w-busy", allocations=(an_allocation(),)), a_session_row())
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert world.sessions.rows["s-1"].worker_id == "w-busy"


async def test_a_session_long_before_its_time_waits_until_exactly_then(world: Any, scheduler: Scheduler) -> None:
    slot = minutes_from_now(120, 180)
    world.add(a_worker_row(), a_template_row(startup_seconds=900), a_session_row(timeslot=slot, lead_seconds=600))
    result = await scheduler.reconciler.reconcile("s-1")
    assert isinstance(result, RequeueAfter)
    assert result.seconds == (120 * 60) - 600 - 900 - 60
    assert world.calls == 0


async def test_without_room_it_waits_and_has_the_queue_looked_at(world: Any, scheduler: Scheduler) -> None:
    world.add(a_session_row())
    result = await scheduler.reconciler.reconcile("s-1")
    assert isinstance(result, RequeueAfter)
    assert result.seconds == 1800
    assert (len(scheduler.waiting), scheduler.asked_for_supply) == (1, 1)


async def test_what_found_no_room_in_time_is_stopped_as_expired_with_the_last_reason(
    world: Any, scheduler: Scheduler
) -> None:
    world.add(a_session_row(pending_reason="0/3 workers: 3 capacity"))
    world.clock.advance(1800)
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    stopped = world.sessions.stopped["s-1"]
    assert stopped.outcome is SessionOutcome.EXPIRED
    assert "last decision: 0/3 workers: 3 capacity" in stopped.reason


async def test_a_refused_proposal_is_decided_again_on_fresh_facts(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row("w-1"), a_worker_row("w-2"), a_session_row())
    await scheduler.fleet.reload()
    full = an_allocation("thief", vector=a_worker_row().declared)
    world.workers.change("w-1", allocations=(full,))
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert world.sessions.rows["s-1"].worker_id == "w-2"


async def test_proposals_that_are_refused_again_and_again_are_left_to_the_back_off(
    world: Any, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(a_worker_row(), a_session_row())
    tried = []

    async def refuse(session_id: str, body: object) -> None:
        tried.append(session_id)
        raise CapacityRefused("no room")

    monkeypatch.setattr(world.sessions, "schedule", refuse)
    with pytest.raises(CapacityRefused):
        await scheduler.reconciler.reconcile("s-1")
    assert len(tried) == 3


async def test_sessions_decided_at_the_same_time_do_not_get_the_same_room(world: Any, scheduler: Scheduler) -> None:
    import asyncio

    room_for_four = a_worker_row()
    world.add(room_for_four, *(a_session_row(f"s-{n}") for n in range(8)))
    results = await asyncio.gather(*(scheduler.reconciler.reconcile(f"s-{n}") for n in range(8)))
    assert sum(result == Done() for result in results) == 4
    assert world.calls == 4


@pytest.mark.parametrize("status", [LabletSessionStatus.PENDING, LabletSessionStatus.SCHEDULED])
async def test_a_session_nobody_wants_any_more_is_stopped(
    world: Any, scheduler: Scheduler, status: LabletSessionStatus
) -> None:
    world.add(a_session_row(status=status, terminate_requested=True, outcome_reason="candidate is ill"))
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    stopped = world.sessions.stopped["s-1"]
    assert (stopped.outcome, stopped.reason) == (SessionOutcome.CANCELLED, "candidate is ill")


@pytest.mark.parametrize(
    "change",
    [
        {"status": CMLWorkerStatus.DRAINING},
        {"status": CMLWorkerStatus.FAILED},
        {"status": CMLWorkerStatus.STOPPED},
        {"status": CMLWorkerStatus.TERMINATED},
        {"desired_status": WorkerDesiredStatus.STOPPED},
    ],
)
async def test_a_session_whose_worker_will_not_be_there_is_placed_anew(
    world: Any, scheduler: Scheduler, change: dict[str, Any]
) -> None:
    world.add(a_worker_row(**change), a_session_row(status=LabletSessionStatus.SCHEDULED, worker_id="w-1"))
    assert await scheduler.reconciler.reconcile("s-1") == RequeueAfter(0)
    assert "s-1" in world.sessions.unscheduled


async def test_a_session_on_a_worker_that_serves_is_left_alone(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row(), a_session_row(status=LabletSessionStatus.SCHEDULED, worker_id="w-1"))
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert world.sessions.unscheduled == {}


@pytest.mark.parametrize("status", [LabletSessionStatus.RUNNING, LabletSessionStatus.TERMINATED])
async def test_a_session_that_has_begun_or_ended_is_nobody_to_schedule(
    world: Any, scheduler: Scheduler, status: LabletSessionStatus
) -> None:
    world.add(a_session_row(status=status, terminate_requested=True))
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert world.sessions.stopped == {}


async def test_a_session_that_is_not_on_record_is_nobody_to_schedule(scheduler: Scheduler) -> None:
    assert await scheduler.reconciler.reconcile("unknown") == Done()


async def test_the_keys_are_all_sessions_that_have_not_begun(world: Any, scheduler: Scheduler) -> None:
    statuses = list(LabletSessionStatus)
    world.add(*(a_session_row(status.value, status=status) for status in statuses))
    assert sorted(await scheduler.reconciler.list_keys()) == ["PENDING", "SCHEDULED"]


async def test_the_gate_is_wide_enough_for_the_slowest_enabled_template(world: Any, scheduler: Scheduler) -> None:
    world.add(
        a_template_row("fast", startup_seconds=300),
        a_template_row("slow", startup_seconds=1200),
        a_template_row("off", startup_seconds=9000, enabled=False),
    )
    gate = await scheduler.reconciler.gate()
    assert gate.opens_at(minutes_from_now(60, 120)) == NOW + timedelta(minutes=60) - timedelta(seconds=1260)
