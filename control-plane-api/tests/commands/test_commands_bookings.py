"""Definitions, templates and reservations: what can be booked, by whom, when."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from control_plane_api.application.commands.lablet_definition.create_lablet_definition_command import (
    CreateLabletDefinitionCommand,
)
from control_plane_api.application.commands.lablet_definition.deprecate_lablet_definition_command import (
    DeprecateLabletDefinitionCommand,
)
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.worker_template.update_worker_template_command import (
    UpdateWorkerTemplateCommand,
)
from control_plane_api.testing.command_world import ROOM_FOR_SEVEN, START, TWO_ROUTERS, CommandWorld
from lcm_core.contracts.definitions import CreateLabletDefinition, CreateWorkerTemplate
from lcm_core.contracts.reservations import CancelReservation, CreateReservation, ReservationAnswer
from lcm_core.domain.enums import LabletDefinitionStatus, LabletSessionStatus, LicenseType, ReservationStatus
from lcm_core.domain.errors import CapacityRefused, Conflict, InvalidInput, NotFound, RuleViolation
from lcm_core.domain.values import Candidate, ResourceVector


async def _book(world: CommandWorld, definition_id: str, **changes: object) -> ReservationAnswer:
    request = {"definition_id": definition_id, "candidate": Candidate(username="ada"), "duration_minutes": 60}
    return await world.do(CreateReservationCommand("lms", CreateReservation.model_validate(request | changes)))


async def test_a_definition_is_active_with_what_its_topology_asks_for(world: CommandWorld) -> None:
    definition = await world.read.definitions.get(await world.a_definition())

    assert definition.status is LabletDefinitionStatus.ACTIVE
    assert definition.requirements == ResourceVector(cpu_cores=2, memory_gb=1, storage_gb=2, nodes=2, ports=2)
    assert [request.name for request in definition.port_requests] == ["r1/serial/0", "r2/serial/0"]
    assert [device.device_label for device in definition.visible_devices] == ["r1"]
    assert (definition.node_count, definition.link_count, definition.title) == (2, 1, "Two routers")


async def test_its_content_is_kept_under_its_hash(world: CommandWorld) -> None:
    definition = await world.read.definitions.get(await world.a_definition())

    package = await world.read.content.content(definition.content_hash)

    assert package.topology_yaml == TWO_ROUTERS


async def test_a_version_exists_once_even_when_two_make_it_at_once(world: CommandWorld) -> None:
    answers = await asyncio.gather(world.a_definition(), world.a_definition(), return_exceptions=True)

    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1


async def test_a_version_that_replaces_another_is_made_in_one_step_or_not_at_all(world: CommandWorld) -> None:
    old_id = await world.a_definition()

    with pytest.raises(RuleViolation, match="the same name"):
        await world.a_definition("another-lab", replaces=old_id)
    with pytest.raises(RuleViolation, match="does not come after"):
        await world.a_definition(semantic_version="0.9.0", replaces=old_id)
    new_id = await world.a_definition(semantic_version="1.1.0", replaces=old_id)
    with pytest.raises(RuleViolation):
        await world.a_definition(semantic_version="1.2.0", replaces=old_id)

    old, new = await world.read.definitions.get(old_id), await world.read.definitions.get(new_id)
    assert (old.status, old.replaced_by) == (LabletDefinitionStatus.DEPRECATED, new_id)
    assert (new.status, new.previous_version_id) == (LabletDefinitionStatus.ACTIVE, old_id)
    assert len(await world.documents("lablet_definitions")) == 2


async def test_a_malformed_topology_is_told_in_full_and_nothing_is_written(world: CommandWorld) -> None:
    request = CreateLabletDefinition(
        name="broken",
        form_qualified_name="Exam 1",
        topology_yaml="lab: {version: 0.1.0}\nnodes:\n  - {id: n0, label: r1}\nlinks:\n  - {id: l0, n1: n0}\n",
    )

    with pytest.raises(InvalidInput) as refused:
        await world.do(CreateLabletDefinitionCommand(request))

    assert ("/topology_yaml/nodes/0/node_definition", "line 3: Field required") in [
        (problem.path, problem.message) for problem in refused.value.errors
    ]
    assert await world.commits() == 0
    assert await world.documents("content_packages") == []


async def test_given_requirements_win_but_never_over_the_ports_of_the_topology(world: CommandWorld) -> None:
    given = ResourceVector(cpu_cores=4, memory_gb=8, storage_gb=9, nodes=2)
    definition = await world.read.definitions.get(await world.a_definition(requirements=given))
    assert definition.requirements == given.model_copy(update={"ports": 2})

    with pytest.raises(InvalidInput, match="the topology forwards 2"):
        await world.a_definition("other", requirements=given.model_copy(update={"ports": 1}))


async def test_a_booking_makes_a_pending_session_with_its_definition_pinned(world: CommandWorld) -> None:
    await world.a_template()
    definition_id = await world.a_definition()
    definition = await world.read.definitions.get(definition_id)

    answer = await _book(world, definition_id)

    assert answer.session == await world.session(answer.session.id)
    assert answer.reservation == await world.read.reservations.get(answer.reservation.id)
    assert answer.session.status is LabletSessionStatus.PENDING
    assert answer.session.content_hash == definition.content_hash
    assert answer.session.definition_version == definition.semantic_version


async def test_without_a_start_the_lead_time_begins_now(world: CommandWorld) -> None:
    await world.a_template()
    answer = await _book(world, await world.a_definition(lead_seconds=300))

    assert answer.session.occupation().start == START


async def test_the_same_external_id_answers_with_the_same_booking(world: CommandWorld) -> None:
    await world.a_template()
    definition_id = await world.a_definition()
    first = await _book(world, definition_id, external_id="order-1")
    world.later(minutes=1)

    again = await _book(world, definition_id, external_id="order-1")

    assert again == first
    assert len(await world.documents("lablet_sessions")) == 1


async def test_the_same_external_id_ten_times_at_once_is_one_booking(world: CommandWorld) -> None:
    await world.a_template()
    definition_id = await world.a_definition()

    answers = await asyncio.gather(*(_book(world, definition_id, external_id="order-1") for _ in range(10)))

    assert len({answer.reservation.id for answer in answers}) == 1
    assert len(await world.documents("lablet_sessions")) == 1


async def test_an_external_id_does_not_stand_for_two_bookings(world: CommandWorld) -> None:
    await world.a_template()
    definition_id = await world.a_definition()
    await _book(world, definition_id, external_id="order-1")

    with pytest.raises(Conflict, match="another booking"):
        await _book(world, definition_id, external_id="order-1", candidate=Candidate(username="bob"))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"duration_minutes": 61}, "/duration_minutes"),
        ({"start": START - timedelta(minutes=6)}, "/start"),
        ({"start": START + timedelta(days=366)}, "/start"),
    ],
)
async def test_an_impossible_time_is_refused(world: CommandWorld, changes: dict[str, object], path: str) -> None:
    await world.a_template()
    definition_id = await world.a_definition(max_duration_minutes=60)

    with pytest.raises(InvalidInput) as refused:
        await _book(world, definition_id, **changes)

    assert [problem.path for problem in refused.value.errors] == [path]


async def test_a_start_within_the_grace_is_taken(world: CommandWorld) -> None:
    await world.a_template()
    await world.a_ready_worker()
    definition_id = await world.a_definition()

    answer = await _book(world, definition_id, start=START - timedelta(minutes=4))

    assert answer.session.timeslot.start == START - timedelta(minutes=4)


async def test_what_no_worker_could_ever_hold_is_refused_with_the_reasons_counted(world: CommandWorld) -> None:
    await world.a_template()
    await world.a_template("enterprise", license_type=LicenseType.ENTERPRISE)
    too_large = ROOM_FOR_SEVEN.model_copy(update={"memory_gb": 65, "nodes": 20, "ports": 0})
    definition_id = await world.a_definition(requirements=too_large, license_affinity=(LicenseType.PERSONAL,))
    before = await world.commits()

    with pytest.raises(CapacityRefused, match="0/0 workers; 0/2 templates: 1 license, 1 capacity") as refused:
        await _book(world, definition_id)

    assert refused.value.facts["reason_counts"] == {"capacity": 1, "license": 1}
    assert await world.commits() == before


async def test_an_unknown_definition_is_not_found(world: CommandWorld) -> None:
    with pytest.raises(NotFound, match="lablet_definition"):
        await _book(world, "no-such-thing")


async def test_a_deprecated_definition_is_not_booked_any_more(world: CommandWorld) -> None:
    await world.a_template()
    definition_id = await world.a_definition()
    await world.do(DeprecateLabletDefinitionCommand(definition_id, "replaced"))

    with pytest.raises(RuleViolation, match="DEPRECATED; only an ACTIVE one"):
        await _book(world, definition_id)


async def test_cancelling_a_booking_ends_its_session(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    answer = await _book(world, await world.a_definition())
    await world.schedule(answer.session.id, worker_id)

    cancel = CancelReservationCommand(answer.reservation.id, CancelReservation(reason="exam moved"))
    assert (await world.do(cancel)).applied
    assert not (await world.do(cancel)).applied

    reservation = await world.read.reservations.get(answer.reservation.id)
    assert (reservation.status, reservation.cancel_reason) == (ReservationStatus.CANCELLED, "exam moved")
    assert (await world.session(answer.session.id)).status is LabletSessionStatus.TERMINATED
    assert (await world.worker(worker_id)).allocations == ()


async def test_new_terms_of_a_template_leave_its_name(world: CommandWorld) -> None:
    template_id = await world.a_template()
    terms = {
        "name": "metal",
        "region": "us-east-1",
        "instance_type": "m5zn.metal",
        "capacity": ROOM_FOR_SEVEN,
        "license_type": "PERSONAL",
        "cost_per_hour_usd": 5.0,
    }

    updated = await world.do(
        UpdateWorkerTemplateCommand(template_id, CreateWorkerTemplate.model_validate({**terms, "enabled": False}))
    )
    with pytest.raises(InvalidInput, match="/name"):
        await world.do(
            UpdateWorkerTemplateCommand(template_id, CreateWorkerTemplate.model_validate({**terms, "name": "x"}))
        )

    assert (updated.enabled, updated.cost_per_hour_usd) == (False, 5.0)
