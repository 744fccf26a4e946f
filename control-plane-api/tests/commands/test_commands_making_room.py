"""Before a worker is opened, or a booking refused, promises to others move to where they fit as well."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import START, CommandWorld
from lcm_core.contracts.reservations import CreateReservation, ReservationAnswer
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.values import Candidate, ResourceVector

NEXT_DAY = START + timedelta(days=1)
SIXTEEN_CORES = ResourceVector(cpu_cores=16, memory_gb=999, storage_gb=999, nodes=99, ports=99)


async def book(world: CommandWorld, cores: int, start: datetime = NEXT_DAY) -> ReservationAnswer:
    needed = ResourceVector(cpu_cores=cores, memory_gb=4, storage_gb=4, nodes=2, ports=2)
    definition_id = await world.a_definition(f"lab-{cores}-{await world.commits()}", requirements=needed)
    wish = CreateReservation(
        definition_id=definition_id, candidate=Candidate(username="ada"), start=start, duration_minutes=60
    )
    return await world.do(CreateReservationCommand("lms", wish))


async def two_workers_with_three_and_four_cores_left(
    world: CommandWorld, start: datetime = NEXT_DAY, **policy: int
) -> dict[int, ReservationAnswer]:
    """8 and 4 cores are taken on one, 9 and 4 on the other; nobody may open a third."""
    await world.a_template(capacity=SIXTEEN_CORES, license_type="ENTERPRISE", startup_seconds=60)
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=2, **policy), "for the test"))
    return {number: await book(world, cores, start) for number, cores in enumerate((8, 9, 4, 4))}


def holder(answer: ReservationAnswer) -> str | None:
    return answer.session.promised_worker_id


async def test_a_booking_that_fits_on_no_worker_has_room_made_for_it_in_its_own_commit(world: CommandWorld) -> None:
    others = await two_workers_with_three_and_four_cores_left(world)
    assert holder(others[0]) != holder(others[1])

    answer = await book(world, 7)

    assert holder(answer) == holder(others[1])
    moved = await world.session(others[2].session.id)
    assert moved.promised_worker_id == holder(others[0])
    held = {each.session_id for each in (await world.worker(holder(answer) or "")).allocations}
    assert held == {others[1].session.id, answer.session.id}
    assert await world.audit() == []


async def test_two_bookings_change_places_where_neither_could_go_first(world: CommandWorld) -> None:
    await world.a_template(capacity=SIXTEEN_CORES, license_type="ENTERPRISE", startup_seconds=60)
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=2), "for the test"))
    nine, eight, five, six = [await book(world, cores) for cores in (9, 8, 5, 6)]
    assert (holder(five), holder(six)) == (holder(nine), holder(eight))

    three = await book(world, 3)

    assert three.session.promised_worker_id in (holder(nine), holder(eight))
    where = {
        each.session.id: (await world.session(each.session.id)).promised_worker_id for each in (nine, eight, five, six)
    }
    beside_nine = {id for id, worker in where.items() if worker == where[nine.session.id]}
    assert beside_nine == {nine.session.id, six.session.id}
    assert await world.audit() == []


async def test_whoever_is_moved_is_told_for_whom(world: CommandWorld) -> None:
    others = await two_workers_with_three_and_four_cores_left(world)

    answer = await book(world, 7)

    (event,) = [
        event["data"]
        for commit in await world.documents("events")
        for event in commit["events"]
        if event["type"].startswith("lablet_session.promise_moved")
    ]
    assert event["previous_worker_id"] == holder(others[2])
    assert event["reason"].startswith(f"makes room for {answer.session.id} on ")


async def test_no_promise_moves_when_the_policy_says_so(world: CommandWorld) -> None:
    await two_workers_with_three_and_four_cores_left(world, moves_to_make_room=0)

    with pytest.raises(CapacityRefused, match="2 capacity"):
        await book(world, 7)


async def test_those_who_begin_in_a_moment_stay_where_they_are(world: CommandWorld) -> None:
    soon = START + timedelta(minutes=12)
    await two_workers_with_three_and_four_cores_left(world, start=soon)

    with pytest.raises(CapacityRefused, match="2 capacity"):
        await book(world, 7, soon)


async def test_what_all_workers_together_do_not_have_moves_nobody(world: CommandWorld) -> None:
    await two_workers_with_three_and_four_cores_left(world)
    before = await world.commits()

    with pytest.raises(CapacityRefused, match="2 capacity"):
        await book(world, 8)

    assert await world.commits() == before + 1  # the definition
