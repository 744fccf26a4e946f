"""A worker that does not come up in time puts the promises that it gave at risk; others give them where they can."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from control_plane_api.application.commands.lablet_session.report_promise_at_risk_command import (
    ReportPromiseAtRiskCommand,
)
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.reservation.reschedule_reservation_command import (
    RescheduleReservationCommand,
)
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import START, CommandWorld
from lcm_core.contracts.reservations import CreateReservation, RescheduleReservation
from lcm_core.contracts.sessions import PromiseAnswer, ReportPromiseAtRisk
from lcm_core.contracts.workers import SetDesiredStatus
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import Candidate

SLOT = START + timedelta(minutes=30)


async def promised_on_a_start(world: CommandWorld, count: int = 1) -> tuple[list[str], str]:
    """Sessions that begin in half an hour, and the worker on its way that holds their room."""
    await world.a_template(startup_seconds=600)
    definition = await world.a_definition()
    ids = [await book(world, definition) for _ in range(count)]
    worker_id = (await world.session(ids[0])).promised_worker_id or ""
    wanted = SetDesiredStatus(desired_status=WorkerDesiredStatus.RUNNING, reason="bookings")
    await world.do(SetWorkerDesiredStatusCommand(worker_id, wanted))
    await world.launch(worker_id)
    return ids, worker_id


async def book(world: CommandWorld, definition_id: str) -> str:
    wish = CreateReservation(
        definition_id=definition_id, candidate=Candidate(username="ada"), start=SLOT, duration_minutes=60
    )
    return (await world.do(CreateReservationCommand("lms", wish))).session.id


async def at_risk(world: CommandWorld, session_id: str, worker_id: str) -> PromiseAnswer:
    body = ReportPromiseAtRisk(worker_id=worker_id, reason="it is not up after 11 min")
    return await world.do(ReportPromiseAtRiskCommand(session_id, body))


async def test_a_worker_that_is_up_takes_the_promise_and_the_risk_is_over(world: CommandWorld) -> None:
    [session_id], late = await promised_on_a_start(world)
    up = await world.a_ready_worker()

    answer = await at_risk(world, session_id, late)

    session = await world.session(session_id)
    assert (answer.worker_id, answer.changed) == (up, True)
    assert (session.promised_worker_id, session.promise_risk) == (up, None)
    assert (await world.worker(late)).allocations == ()
    told = {event.wire_name for event in world.emitted["ReportPromiseAtRiskCommand"]}
    assert {"lablet_session.promise_at_risk", "lablet_session.promise_moved"} <= told
    assert await world.audit() == []


async def test_a_replacement_that_is_up_only_after_the_start_is_wanted_at_once_and_the_risk_is_told(
    world: CommandWorld,
) -> None:
    [session_id], late = await promised_on_a_start(world)
    world.later(minutes=22)

    answer = await at_risk(world, session_id, late)

    replacement = await world.worker(answer.worker_id or "")
    session = await world.session(session_id)
    assert replacement.id != late
    assert replacement.desired_status is WorkerDesiredStatus.RUNNING
    assert session.promise_risk is not None
    assert (session.promise_risk.worker_id, session.promise_risk.reason) == (late, "it is not up after 11 min")


async def test_all_sessions_of_one_worker_share_one_replacement(world: CommandWorld) -> None:
    ids, late = await promised_on_a_start(world, 5)

    answers = await asyncio.gather(*(at_risk(world, session_id, late) for session_id in ids))

    assert len({answer.worker_id for answer in answers} - {late}) == 1
    assert len(await world.read.workers.where()) == 2
    assert await world.audit() == []


async def test_when_nobody_else_can_the_late_worker_goes_on_holding_the_room(world: CommandWorld) -> None:
    [session_id], late = await promised_on_a_start(world)
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=1), "full"))

    first = await at_risk(world, session_id, late)
    before = await world.commits()
    again = await at_risk(world, session_id, late)

    session = await world.session(session_id)
    assert (first.worker_id, first.changed, again.changed) == (late, True, False)
    assert session.promised_worker_id == late
    assert session.promise_risk is not None
    assert "1 fleet_limit" in session.promise_risk.reason
    assert [held.session_id for held in (await world.worker(late)).allocations] == [session_id]
    assert await world.commits() == before


async def test_the_worker_that_comes_up_after_all_may_still_take_the_session(world: CommandWorld) -> None:
    [session_id], late = await promised_on_a_start(world)
    world.later(minutes=22)
    replacement = (await at_risk(world, session_id, late)).worker_id or ""
    await world.make_ready(late)

    await world.schedule(session_id, late)

    session = await world.session(session_id)
    assert (session.worker_id, session.promise_risk) == (late, None)
    assert (await world.worker(replacement)).allocations == ()
    assert await world.audit() == []


async def test_news_of_a_worker_that_is_up_or_holds_the_room_no_more_changes_nothing(world: CommandWorld) -> None:
    [session_id], late = await promised_on_a_start(world)
    elsewhere = await world.a_requested_worker("another")
    await world.make_ready(late)
    before = await world.commits()

    for worker_id in (late, elsewhere):
        assert not (await at_risk(world, session_id, worker_id)).changed

    assert await world.commits() == before


async def test_a_session_that_is_placed_is_at_no_risk(world: CommandWorld) -> None:
    [session_id], late = await promised_on_a_start(world)
    await world.make_ready(late)
    await world.schedule(session_id, late)

    with pytest.raises(RuleViolation, match="is SCHEDULED, not PENDING"):
        await at_risk(world, session_id, late)


async def test_another_time_is_another_promise(world: CommandWorld) -> None:
    [session_id], late = await promised_on_a_start(world)
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=1), "full"))
    await at_risk(world, session_id, late)
    reservation = (await world.session(session_id)).reservation_id

    later = RescheduleReservation(start=SLOT + timedelta(hours=5))
    await world.do(RescheduleReservationCommand(reservation, later))

    assert (await world.session(session_id)).promise_risk is None
