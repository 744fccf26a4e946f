from typing import Any

import pytest

from lcm_core.domain.enums import BookingPriority, CMLWorkerStatus, WorkerServiceStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import PlacementOutcome
from lcm_core.domain.values import ResourceVector
from lcm_core.reconcile import Done, RequeueAfter
from lcm_core.testing.placement_builders import NOW, a_session_row, a_template_row, a_worker_row, minutes_from_now
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.scale_up_reconciler import FLEET_KEY, ScaleUpReconciler
from resource_scheduler.domain.due_gate import DueGate


class Desk:
    def __init__(self, world: Any) -> None:
        self.woken: list[str] = []
        self.fleet = FleetView(world.workers, world.templates, world.clock)
        self.reconciler = ScaleUpReconciler(
            world.client,
            self.fleet,
            clock=world.clock,
            gate=self._gate,
            wake=self.woken.append,
            refused_retry_seconds=30,
        )

    async def _gate(self) -> DueGate:
        return DueGate(boot_margin_seconds=960, grace_seconds=1800)


@pytest.fixture
def desk(world: Any) -> Desk:
    return Desk(world)


async def test_one_worker_is_asked_for_all_sessions_that_fit_on_it(world: Any, desk: Desk) -> None:
    world.add(a_template_row(), *(a_session_row(f"s-{n}") for n in range(3)))
    assert await desk.reconciler.reconcile(FLEET_KEY) == Done()
    assert [asked.demand.session_ids for asked in world.workers.asked] == [("s-0", "s-1", "s-2")]


async def test_looking_again_asks_for_nothing_more_and_tells_each_session_what_it_waits_for(
    world: Any, desk: Desk
) -> None:
    world.add(a_template_row(), a_session_row())
    for _ in range(3):
        await desk.reconciler.reconcile(FLEET_KEY)
    assert len(world.workers.asked) == 1
    outcomes = [body.decision.outcome for body in world.sessions.decisions]
    assert outcomes == [PlacementOutcome.SCALE_UP, PlacementOutcome.WAIT]


async def test_each_is_told_where_it_stands_in_the_queue(world: Any, desk: Desk) -> None:
    exam = a_session_row("s-exam", priority=BookingPriority.EXAM)
    sooner, later = (a_session_row(f"s-{n}", timeslot=minutes_from_now(n, n + 60)) for n in (5, 10))
    world.add(a_template_row(), later, sooner, exam)
    await desk.reconciler.reconcile(FLEET_KEY)
    told = {body.decision.session_id: body.decision.queue_position for body in world.sessions.decisions}
    assert told == {"s-exam": 1, "s-5": 2, "s-10": 3}


async def test_a_second_leader_that_looks_at_the_same_facts_asks_with_the_same_key(world: Any) -> None:
    world.add(a_template_row(), a_session_row())
    await Desk(world).reconciler.reconcile(FLEET_KEY)
    world.workers.rows.clear()
    await Desk(world).reconciler.reconcile(FLEET_KEY)
    assert len({asked.demand.key for asked in world.workers.asked}) == 1


async def test_a_session_that_comes_later_and_fits_on_the_worker_on_the_way_needs_no_other(
    world: Any, desk: Desk
) -> None:
    world.add(a_template_row(), a_session_row("s-1"))
    await desk.reconciler.reconcile(FLEET_KEY)
    world.add(a_session_row("s-2"))
    await desk.reconciler.reconcile(FLEET_KEY)
    assert len(world.workers.asked) == 1


async def test_a_session_for_which_a_worker_has_room_is_woken_and_told_nothing(world: Any, desk: Desk) -> None:
    world.add(a_template_row(), a_worker_row(), a_session_row())
    await desk.reconciler.reconcile(FLEET_KEY)
    assert (desk.woken, world.sessions.decisions, world.workers.asked) == (["s-1"], [], [])


async def test_sessions_that_are_not_due_or_not_wanted_ask_for_nothing(world: Any, desk: Desk) -> None:
    world.add(
        a_template_row(),
        a_session_row("later", timeslot=minutes_from_now(600, 660)),
        a_session_row("cancelled", terminate_requested=True),
    )
    await desk.reconciler.reconcile(FLEET_KEY)
    assert world.workers.asked == []


async def test_at_the_fleet_limit_the_sessions_are_told_so_and_it_is_tried_again(world: Any, desk: Desk) -> None:
    world.add(a_template_row(), a_session_row())
    world.workers.refusal = RuleViolation("us-east-1 has its 10 workers.", code="fleet-limit")
    assert await desk.reconciler.reconcile(FLEET_KEY) == RequeueAfter(30, "the fleet limit or a template")
    assert world.sessions.rows["s-1"].pending_reason == (
        "0/0 workers; no worker of template standard can be had: us-east-1 has its 10 workers."
    )


async def test_what_no_template_can_hold_is_told_once(world: Any, desk: Desk) -> None:
    world.add(a_template_row(), a_session_row(requirements=ResourceVector(cpu_cores=99)))
    for _ in range(3):
        assert await desk.reconciler.reconcile(FLEET_KEY) == Done()
    assert len(world.sessions.decisions) == 1
    assert "no template can hold it" in world.sessions.rows["s-1"].pending_reason


async def test_after_a_failed_worker_its_template_is_tried_again_later(world: Any, desk: Desk) -> None:
    failed = a_worker_row(
        "w-dead", status=CMLWorkerStatus.FAILED, service_status=WorkerServiceStatus.UNKNOWN, failure="no image"
    )
    world.add(a_template_row(), failed, a_session_row())
    assert await desk.reconciler.reconcile(FLEET_KEY) == RequeueAfter(30, "a template whose workers failed")
    assert world.workers.asked == []
    world.advance(31)
    assert await desk.reconciler.reconcile(FLEET_KEY) == Done()
    assert len(world.workers.asked) == 1


async def test_a_template_that_was_just_made_is_seen(world: Any, desk: Desk) -> None:
    world.add(a_session_row())
    await desk.reconciler.reconcile(FLEET_KEY)
    world.add(a_template_row())
    await desk.reconciler.reconcile(FLEET_KEY)
    assert len(world.workers.asked) == 1
    assert world.clock.now() == NOW
