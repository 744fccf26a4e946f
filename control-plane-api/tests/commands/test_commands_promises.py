"""Bookings are admitted when they are made: somebody holds the room of each from then on, or it is refused."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from control_plane_api.application.commands.lablet_session.adjust_occupation_command import AdjustOccupationCommand
from control_plane_api.application.commands.lablet_session.promise_capacity_command import PromiseCapacityCommand
from control_plane_api.application.commands.lablet_session.warn_session_ending_command import WarnSessionEndingCommand
from control_plane_api.application.commands.reservation.create_reservation_batch_command import (
    CreateReservationBatchCommand,
)
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.reservation.extend_reservation_command import ExtendReservationCommand
from control_plane_api.application.commands.reservation.reschedule_reservation_command import (
    RescheduleReservationCommand,
)
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import START, CommandWorld
from control_plane_api.testing.session_steps import learner_started
from lcm_core.contracts.reservations import (
    BatchMode,
    CreateReservation,
    CreateReservationBatch,
    ExtendReservation,
    GuaranteeKind,
    RescheduleReservation,
    ReservationAnswer,
    ReservationBatchAnswer,
    Seat,
)
from lcm_core.contracts.sessions import AdjustOccupation, PromiseCapacity, WarnSessionEnding
from lcm_core.contracts.workers import SetDesiredStatus, WorkerStatusReport
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, WorkerDesiredStatus
from lcm_core.domain.errors import CapacityRefused, RuleViolation
from lcm_core.domain.values import Candidate

NEXT_DAY = START + timedelta(days=1)


async def book(world: CommandWorld, definition_id: str, **changes: Any) -> ReservationAnswer:
    wish = {"definition_id": definition_id, "candidate": Candidate(username="ada"), "duration_minutes": 60}
    return await world.do(CreateReservationCommand("lms", CreateReservation.model_validate(wish | changes)))


async def book_class(world: CommandWorld, definition_id: str, seats: int, **changes: Any) -> ReservationBatchAnswer:
    wish = {
        "definition_id": definition_id,
        "duration_minutes": 60,
        "start": NEXT_DAY,
        "seats": tuple(Seat(candidate=Candidate(username=f"learner-{n}")) for n in range(seats)),
    }
    request = CreateReservationBatch.model_validate(wish | changes)
    return await world.do(CreateReservationBatchCommand("lms", request))


async def reschedule(world: CommandWorld, answer: ReservationAnswer, start: datetime) -> ReservationAnswer:
    request = RescheduleReservation(start=start)
    return await world.do(RescheduleReservationCommand(answer.reservation.id, request))


async def extend(world: CommandWorld, reservation_id: str, minutes: int) -> ReservationAnswer:
    return await world.do(ExtendReservationCommand(reservation_id, ExtendReservation(minutes=minutes)))


async def limited_to(world: CommandWorld, workers: int) -> None:
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=workers), "for the test"))


async def a_full_hour(world: CommandWorld, definition_id: str, start: datetime) -> list[ReservationAnswer]:
    """Seven bookings fill a worker."""
    return [await book(world, definition_id, start=start) for _ in range(7)]


async def test_a_booking_for_later_holds_room_on_a_worker_that_is_only_planned(world: CommandWorld) -> None:
    await world.a_template()

    answer = await book(world, await world.a_definition(), start=NEXT_DAY)

    assert answer.guarantee is not None
    assert (answer.guarantee.kind, answer.guarantee.ready_by) == (GuaranteeKind.PLANNED, NEXT_DAY)
    worker = await world.worker(answer.guarantee.worker_id)
    assert worker.planned
    assert worker.expected_ready_at is None
    assert [(held.session_id, held.granted) for held in worker.allocations] == [(answer.session.id, False)]
    assert answer.session.promised_worker_id == worker.id
    assert await world.audit() == []


async def test_a_worker_for_now_is_wanted_at_once(world: CommandWorld) -> None:
    await world.a_template(startup_seconds=600)

    answer = await book(world, await world.a_definition(lead_seconds=300))

    assert answer.guarantee is not None
    worker = await world.worker(answer.guarantee.worker_id)
    assert (worker.status, worker.desired_status) == (CMLWorkerStatus.PENDING, WorkerDesiredStatus.RUNNING)
    assert answer.guarantee.ready_by == START + timedelta(seconds=900)


async def test_a_worker_that_serves_is_preferred(world: CommandWorld) -> None:
    await world.a_template()
    definition_id = await world.a_definition()
    await book(world, definition_id, start=NEXT_DAY)
    worker_id = await world.a_ready_worker()

    answer = await book(world, definition_id, start=NEXT_DAY)

    assert answer.guarantee is not None
    assert (answer.guarantee.kind, answer.guarantee.worker_id) == (GuaranteeKind.PLACED, worker_id)


async def test_no_room_at_all_is_told_with_reasons_that_add_up_and_with_other_times(world: CommandWorld) -> None:
    await world.a_template()
    await limited_to(world, 1)
    definition_id = await world.a_definition()
    await a_full_hour(world, definition_id, NEXT_DAY)
    before = await world.commits()

    with pytest.raises(CapacityRefused, match=r"1 capacity.*1 fleet_limit") as refused:
        await book(world, definition_id, start=NEXT_DAY)

    facts: dict[str, Any] = dict(refused.value.facts)
    assert facts["reason_counts"] == {"capacity": 1, "fleet_limit": 1}
    assert (facts["workers"], facts["templates"]) == (1, 1)
    starts = [datetime.fromisoformat(slot["start"]) for slot in facts["alternatives"]]
    assert starts == [NEXT_DAY - timedelta(minutes=70), NEXT_DAY + timedelta(minutes=70), START + timedelta(minutes=20)]
    assert await world.commits() == before


async def test_every_alternative_can_be_booked(world: CommandWorld) -> None:
    await world.a_template()
    await limited_to(world, 1)
    definition_id = await world.a_definition()
    await a_full_hour(world, definition_id, NEXT_DAY)
    with pytest.raises(CapacityRefused) as refused:
        await book(world, definition_id, start=NEXT_DAY)
    facts: dict[str, Any] = dict(refused.value.facts)

    for slot in facts["alternatives"]:
        assert (await book(world, definition_id, start=datetime.fromisoformat(slot["start"]))).guarantee


async def test_a_time_before_anybody_can_be_up_is_refused_as_such(world: CommandWorld) -> None:
    await world.a_template(startup_seconds=900)

    with pytest.raises(CapacityRefused) as refused:
        await book(world, await world.a_definition(), start=START + timedelta(minutes=10))

    facts: dict[str, Any] = dict(refused.value.facts)
    assert facts["reason_counts"] == {"status": 1}
    assert "ready only at 2030-01-01 09:15:00 UTC" in facts["details"]["status"]
    assert facts["alternatives"][0]["start"] == (START + timedelta(minutes=20)).isoformat()


async def test_a_worker_that_is_up_when_the_lead_begins_is_early_enough_whatever_the_grid_says(
    world: CommandWorld,
) -> None:
    """The lead begins at 9:17, in the slot of 9:15; a new worker is up at 9:16."""
    await world.a_template(startup_seconds=960)
    definition = await world.a_definition()

    answer = await book(world, definition, start=START + timedelta(minutes=22))

    assert answer.guarantee is not None
    worker = await world.worker(answer.guarantee.worker_id)
    assert worker.allocations[0].interval.start == START + timedelta(minutes=15)
    with pytest.raises(CapacityRefused):
        await book(world, definition, start=START + timedelta(minutes=20))


async def test_forty_bookings_at_once_share_the_workers_that_they_need(world: CommandWorld) -> None:
    await world.a_template()
    definition_id = await world.a_definition()

    answers = await asyncio.gather(*(book(world, definition_id, start=NEXT_DAY) for _ in range(40)))

    holders = {answer.guarantee.worker_id for answer in answers if answer.guarantee}
    assert len(holders) == 6
    assert len(await world.read.workers.where()) == 6
    assert await world.audit() == []


async def test_the_limit_of_a_region_holds_when_many_book_at_once(world: CommandWorld) -> None:
    await world.a_template()
    await limited_to(world, 2)
    definition_id = await world.a_definition()

    answers = await asyncio.gather(
        *(book(world, definition_id, start=NEXT_DAY) for _ in range(20)), return_exceptions=True
    )

    assert sum(isinstance(answer, ReservationAnswer) for answer in answers) == 14
    assert sum(isinstance(answer, CapacityRefused) for answer in answers) == 6
    assert len(await world.read.workers.where()) == 2


async def test_what_is_promised_becomes_a_grant_on_the_same_worker(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    definition_id = await world.a_definition()
    answers = await a_full_hour(world, definition_id, NEXT_DAY)

    await world.schedule(answers[0].session.id, worker_id)

    worker = await world.worker(worker_id)
    assert sum(held.granted for held in worker.allocations) == 1
    assert len(worker.allocations) == 7
    assert await world.audit() == []


async def test_a_session_placed_elsewhere_gives_its_promise_back_in_the_same_commit(world: CommandWorld) -> None:
    await world.a_template()
    answer = await book(world, await world.a_definition(), start=NEXT_DAY)
    worker_id = await world.a_ready_worker()
    planned = answer.session.promised_worker_id or ""

    await world.schedule(answer.session.id, worker_id)

    assert (await world.worker(planned)).allocations == ()
    assert (await world.session(answer.session.id)).promised_worker_id == worker_id
    assert await world.audit() == []


async def test_a_worker_with_bookings_is_not_terminated_without_force(world: CommandWorld) -> None:
    await world.a_template()
    answer = await book(world, await world.a_definition(), start=START + timedelta(days=30))
    planned = answer.session.promised_worker_id or ""
    gone = SetDesiredStatus(desired_status=WorkerDesiredStatus.TERMINATED, reason="too many")

    with pytest.raises(RuleViolation, match="booked on it"):
        await world.do(SetWorkerDesiredStatusCommand(planned, gone))
    with pytest.raises(RuleViolation, match="cannot be cancelled"):
        await world.do(WorkerTerminatedCommand(planned, WorkerStatusReport(reason="not wanted")))
    assert (await world.do(SetWorkerDesiredStatusCommand(planned, gone.model_copy(update={"force": True})))).applied


async def test_a_promise_of_a_worker_that_is_lost_goes_to_another(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    answer = await book(world, await world.a_definition(), start=NEXT_DAY)
    await world.do(WorkerTerminatedCommand(worker_id, WorkerStatusReport(reason="instance gone")))

    moved = await world.do(PromiseCapacityCommand(answer.session.id, PromiseCapacity(reason="worker gone")))
    again = await world.do(PromiseCapacityCommand(answer.session.id, PromiseCapacity(reason="worker gone")))

    assert moved.changed
    assert moved.worker_id not in (None, worker_id)
    assert (again.changed, again.worker_id) == (False, moved.worker_id)
    assert (await world.worker(worker_id)).allocations == ()
    assert await world.audit() == []


async def test_a_promise_that_nobody_can_take_over_is_lost_and_says_why(world: CommandWorld) -> None:
    await world.a_template()
    await limited_to(world, 1)
    answer = await book(world, await world.a_definition(), start=NEXT_DAY)
    holder = answer.session.promised_worker_id or ""

    lost = await world.do(
        PromiseCapacityCommand(answer.session.id, PromiseCapacity(reason="broken", exclude=(holder,)))
    )

    session = await world.session(answer.session.id)
    assert (lost.worker_id, lost.changed) == (None, True)
    assert (session.status, session.promised_worker_id) == (LabletSessionStatus.PENDING, None)
    assert session.pending_reason == "broken; 0/1 workers: 1 status; 0/1 templates: 1 fleet_limit"
    assert (await world.worker(holder)).allocations == ()
    assert await world.audit() == []


async def test_a_class_is_held_as_a_whole_or_not_at_all(world: CommandWorld) -> None:
    await world.a_template()
    await limited_to(world, 2)
    definition_id = await world.a_definition()
    before = await world.commits()

    with pytest.raises(CapacityRefused):
        await book_class(world, definition_id, 15)
    assert await world.commits() == before
    whole = await book_class(world, definition_id, 14)

    assert len(whole.accepted) == 14
    assert {answer.reservation.batch_id for answer in whole.accepted} == {whole.batch_id}
    assert len({answer.session.promised_worker_id for answer in whole.accepted}) == 2
    assert await world.audit() == []


async def test_of_a_class_as_many_are_held_as_there_is_room_for(world: CommandWorld) -> None:
    await world.a_template()
    await limited_to(world, 1)

    some = await book_class(world, await world.a_definition(), 9, mode=BatchMode.BEST_EFFORT)

    assert (len(some.accepted), len(some.refused)) == (7, 2)
    assert some.refused[0].reason_counts == {"capacity": 1, "fleet_limit": 1}
    assert some.refused[0].candidate.username == "learner-7"
    assert len(some.alternatives) == 3


async def test_another_time_is_held_or_refused_and_then_nothing_changes(world: CommandWorld) -> None:
    await world.a_template()
    await limited_to(world, 1)
    definition_id = await world.a_definition()
    answer = await book(world, definition_id, start=NEXT_DAY)
    await a_full_hour(world, definition_id, NEXT_DAY + timedelta(days=1))

    with pytest.raises(CapacityRefused):
        await reschedule(world, answer, NEXT_DAY + timedelta(days=1))
    assert (await world.session(answer.session.id)).timeslot == answer.session.timeslot
    moved = await reschedule(world, answer, NEXT_DAY + timedelta(days=2))

    assert moved.reservation.timeslot == moved.session.timeslot
    assert moved.session.timeslot.start == NEXT_DAY + timedelta(days=2)
    worker = await world.worker(moved.session.promised_worker_id or "")
    held = next(each for each in worker.allocations if each.session_id == moved.session.id)
    assert held.interval == moved.session.occupation()
    assert await world.audit() == []


async def test_a_session_that_is_placed_is_promised_anew_for_another_time(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    answer = await book(world, await world.a_definition(), start=START + timedelta(hours=1))
    await world.schedule(answer.session.id, worker_id)

    moved = await reschedule(world, answer, NEXT_DAY)

    assert (moved.session.status, moved.session.worker_id) == (LabletSessionStatus.PENDING, None)
    assert moved.session.promised_worker_id == worker_id
    assert await world.audit() == []


async def a_running_session(world: CommandWorld) -> tuple[str, str, str]:
    """Session, worker and definition."""
    await world.a_template()
    await limited_to(world, 1)
    worker_id = await world.a_ready_worker()
    definition_id = await world.a_definition()
    session_id = await world.a_ready_session(worker_id, definition_id)
    await learner_started(world, session_id)
    return session_id, worker_id, definition_id


async def test_a_running_session_is_extended_when_its_worker_has_the_room(world: CommandWorld) -> None:
    session_id, worker_id, definition_id = await a_running_session(world)
    session = await world.session(session_id)

    longer = await extend(world, session.reservation_id, 30)

    assert longer.session.timeslot.end == session.timeslot.end + timedelta(minutes=30)
    held = (await world.worker(worker_id)).allocations[0]
    assert held.interval == longer.session.occupation()
    await a_full_hour_after(world, definition_id, longer)
    with pytest.raises(CapacityRefused, match="cpu_cores: needs 2, 0 free"):
        await extend(world, session.reservation_id, 30)
    assert (await world.session(session_id)).timeslot == longer.session.timeslot
    assert await world.audit() == []


async def a_full_hour_after(world: CommandWorld, definition_id: str, answer: ReservationAnswer) -> None:
    start = answer.session.occupation().end + timedelta(minutes=5)
    await a_full_hour(world, definition_id, start)


async def test_a_session_that_has_begun_is_not_rescheduled(world: CommandWorld) -> None:
    session_id, _, _ = await a_running_session(world)
    session = await world.session(session_id)

    with pytest.raises(RuleViolation, match="RUNNING; only its end"):
        request = RescheduleReservation(start=NEXT_DAY)
        await world.do(RescheduleReservationCommand(session.reservation_id, request))


async def test_an_overrun_is_noted_whatever_was_promised_and_lets_nobody_else_in(world: CommandWorld) -> None:
    session_id, worker_id, definition_id = await a_running_session(world)
    session = await world.session(session_id)
    await a_full_hour(world, definition_id, session.occupation().end + timedelta(minutes=5))
    until = session.occupation().end + timedelta(minutes=20)

    adjusted = await world.do(AdjustOccupationCommand(session_id, AdjustOccupation(until=until, reason="collecting")))

    assert adjusted.applied
    held = next(each for each in (await world.worker(worker_id)).allocations if each.session_id == session_id)
    assert held.interval.end == until
    assert await world.audit() == []


async def test_room_that_is_not_needed_any_more_is_free_for_others(world: CommandWorld) -> None:
    session_id, worker_id, _ = await a_running_session(world)
    until = world.clock.now() + timedelta(minutes=7)

    await world.do(AdjustOccupationCommand(session_id, AdjustOccupation(until=until, reason="ended early")))

    held = (await world.worker(worker_id)).allocations[0]
    assert held.interval.end == START + timedelta(minutes=10)


async def test_the_end_of_a_slot_is_announced_once_and_again_when_it_was_moved(world: CommandWorld) -> None:
    session_id, _, _ = await a_running_session(world)
    session = await world.session(session_id)
    soon = WarnSessionEndingCommand(session_id, WarnSessionEnding(ends_at=session.timeslot.end))

    assert (await world.do(soon)).applied
    assert not (await world.do(soon)).applied
    longer = await extend(world, session.reservation_id, 15)
    assert not (await world.do(soon)).applied
    moved = WarnSessionEnding(ends_at=longer.session.timeslot.end)
    assert (await world.do(WarnSessionEndingCommand(session_id, moved))).applied


async def test_exams_are_held_before_self_study_when_both_ask_at_once(world: CommandWorld) -> None:
    from control_plane_api.application.commands.reservation.book_together_command import BookTogetherCommand
    from control_plane_api.application.services.booking import Booking
    from lcm_core.application.context import CommandContext

    await world.a_template()
    await limited_to(world, 1)
    definition_id = await world.a_definition()
    wish = {"definition_id": definition_id, "duration_minutes": 60, "start": NEXT_DAY}
    bookings = [
        Booking(
            f"lms-{n}",
            CreateReservation.model_validate(
                {**wish, "candidate": {"username": f"u{n}"}, "priority": "self_study" if n < 6 else "exam"}
            ),
            CommandContext(actor=f"lms-{n}", correlation_id=f"c{n}"),
        )
        for n in range(12)
    ]

    answers = await world.do(BookTogetherCommand(tuple(bookings)), actor="desk")

    assert [isinstance(answer, ReservationAnswer) for answer in answers] == [True, *[False] * 5, *[True] * 6]
    commits = {commit["_id"]: commit["metadata"] async for commit in world.db["events"].find({})}
    first = answers[6]
    assert isinstance(first, ReservationAnswer)
    for stream in (f"reservation-{first.reservation.id}@1", f"lablet_session-{first.session.id}@1"):
        assert (commits[stream]["actor"], commits[stream]["correlation_id"]) == ("lms-6", "c6")
    assert await world.audit() == []
