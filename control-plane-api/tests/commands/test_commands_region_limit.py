"""The limit of a region holds while workers are added to it and go, whoever counted when."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.request_scale_up_command import (
    RequestScaleUpCommand,
    RequestScaleUpCommandHandler,
)
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.application.services.admission import Admission, Wish
from control_plane_api.application.services.fleet_book import FleetBook
from control_plane_api.application.services.fleet_growth import FleetGrowth
from control_plane_api.domain.events.registry import EVENTS, Stamp
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import START, CommandWorld
from lcm_core.application.context import CommandContext
from lcm_core.contracts.reservations import CreateReservation
from lcm_core.contracts.workers import RequestScaleUp, WorkerStatusReport
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import VersionConflict
from lcm_core.domain.read_models import ScaleUpDemand
from lcm_core.domain.values import Candidate
from lcm_core.eventstore.unit_of_work import MongoUnitOfWork, MongoUnitOfWorkFactory
from lcm_core.placement.snapshots import placement_request

LIMIT = 3


def a_scale_up(key: str) -> RequestScaleUpCommand:
    return RequestScaleUpCommand(RequestScaleUp(template_name="metal", demand=ScaleUpDemand(key=key, reason="no room")))


def a_context(world: CommandWorld) -> CommandContext:
    return CommandContext(actor="slow", correlation_id=uuid4().hex, at=world.clock.now())


def slow_unit_of_work(world: CommandWorld, ctx: CommandContext) -> MongoUnitOfWork:
    """To be committed when others have been."""
    return MongoUnitOfWorkFactory(world.db, EVENTS)(ctx)


async def a_region_with_room_for_one(world: CommandWorld) -> str:
    """One of its two workers, on which nobody is booked."""
    await world.a_template()
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=LIMIT), "a small account"))
    await world.a_requested_worker("a")
    return await world.a_requested_worker("b")


async def one_goes_and_two_come(world: CommandWorld, worker_id: str) -> None:
    await world.launch(worker_id)
    await world.do(WorkerTerminatedCommand(worker_id, WorkerStatusReport(reason="gone")))
    for key in ("c", "d"):
        assert (await world.do(a_scale_up(key))).created


async def alive(world: CommandWorld) -> int:
    return sum(worker.status is not CMLWorkerStatus.TERMINATED for worker in await world.read.workers.where())


async def test_a_scale_up_that_counted_before_others_came_and_went_is_made_anew(world: CommandWorld) -> None:
    other = await a_region_with_room_for_one(world)
    ctx = a_context(world)
    slow = slow_unit_of_work(world, ctx)
    await RequestScaleUpCommandHandler(FleetGrowth(world.read.workers), world.read.scaling).handle(
        a_scale_up("slow"), slow, ctx
    )

    await one_goes_and_two_come(world, other)

    with pytest.raises(VersionConflict):
        await slow.commit()
    assert await alive(world) == LIMIT


async def test_a_booking_that_counted_before_others_came_and_went_is_made_anew(world: CommandWorld) -> None:
    other = await a_region_with_room_for_one(world)
    ctx, admission = a_context(world), Admission(world.fleet)
    slow = slow_unit_of_work(world, ctx)
    everybody = [worker.id for worker in await world.read.workers.where()]
    await admission.hold(slow, [await a_wish(world)], START, exclude=everybody)

    await one_goes_and_two_come(world, other)

    with pytest.raises(VersionConflict):
        await slow.commit()
    assert await alive(world) == LIMIT


async def test_a_booking_planned_on_an_old_book_opens_nothing_where_the_region_is_full(world: CommandWorld) -> None:
    """The book of another process, to which nobody has told anything since."""
    other = await a_region_with_room_for_one(world)
    wish, book = await a_wish(world), FleetBook(world.read.workers, world.read.templates)
    everybody = [worker.id for worker in (await book.view(START)).workers]
    await one_goes_and_two_come(world, other)

    ctx = a_context(world)
    slow = slow_unit_of_work(world, ctx)
    await Admission(book).hold(slow, [wish], START, exclude=everybody)
    await slow.commit()

    assert await alive(world) == LIMIT


async def test_ids_are_found_however_many_workers_a_region_has_had(world: CommandWorld) -> None:
    await world.a_template()
    seen: set[str] = set()
    for number in range(12):
        worker_id = await world.a_requested_worker(f"demand-{number}")
        await world.do(WorkerTerminatedCommand(worker_id, WorkerStatusReport(reason="gone")))
        seen.add(worker_id)
    assert len(seen) == 12
    assert await world.audit() == []


async def a_wish(world: CommandWorld) -> Wish:
    slot = START + timedelta(days=1)
    request = CreateReservation(
        definition_id=await world.a_definition(), candidate=Candidate(username="ada"), start=slot, duration_minutes=60
    )
    session = (await world.do(CreateReservationCommand("lms", request))).session
    another = placement_request(session.model_copy(update={"id": "another", "promised_worker_id": None}))
    return Wish(another, Stamp(at=START, by="lms"))
