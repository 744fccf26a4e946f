"""Placing sessions on workers: room is promised once, in one commit."""

from __future__ import annotations

import asyncio

import pytest

from control_plane_api.application.commands.lablet_session.record_placement_decision_command import (
    RecordPlacementDecisionCommand,
)
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
)
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.testing.command_world import CommandWorld
from lcm_core.contracts.sessions import RecordPlacementDecision, UnscheduleSession
from lcm_core.contracts.workers import DrainWorker
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import CapacityRefused, IllegalTransition, InvalidInput, RuleViolation


async def test_fifty_at_once_for_a_worker_with_room_for_seven(world: CommandWorld) -> None:
    await world.a_template()
    definition_id = await world.a_definition(max_duration_minutes=60)
    worker_id = await world.a_ready_worker()
    sessions = [await world.a_pending_session(definition_id) for _ in range(50)]

    answers = await asyncio.gather(
        *(world.schedule(session_id, worker_id) for session_id in sessions), return_exceptions=True
    )

    refusals = [answer for answer in answers if isinstance(answer, CapacityRefused)]
    assert len(refusals) == 43
    assert sum(not isinstance(answer, BaseException) and answer.applied for answer in answers) == 7
    assert {tuple(refusal.facts) for refusal in refusals} == {("worker_id", "reason_code", "shortfalls")}
    assert refusals[0].facts["shortfalls"] == [{"dimension": "cpu_cores", "needed": 2, "free": 0}]
    worker = await world.worker(worker_id)
    ports = [binding.outer for allocation in worker.allocations for binding in allocation.ports]
    assert len(worker.allocations) == 7
    assert len(set(ports)) == len(ports) == 14
    placed = [await world.session(allocation.session_id) for allocation in worker.allocations]
    assert {session.status for session in placed} == {LabletSessionStatus.SCHEDULED}
    assert await world.audit() == []


async def test_a_session_scheduled_twice_on_one_worker_is_scheduled_once(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)
    before = await world.commits()

    answer = await world.schedule(session_id, worker_id)

    assert (answer.applied, answer.why) == (False, "no_change")
    assert await world.commits() == before


async def test_a_session_that_has_a_worker_is_not_given_another(world: CommandWorld) -> None:
    await world.a_template()
    first, second = await world.a_ready_worker("a"), await world.a_ready_worker("b")
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, first)

    with pytest.raises(IllegalTransition, match="SCHEDULED to SCHEDULED"):
        await world.schedule(session_id, second)

    assert (await world.worker(second)).allocations == ()


async def test_a_draining_worker_takes_no_session_and_says_why(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.do(DrainWorkerCommand(worker_id, DrainWorker(reason="upgrade", force=True)))

    with pytest.raises(CapacityRefused, match="DRAINING") as refused:
        await world.schedule(session_id, worker_id)

    assert refused.value.facts["reason_code"] == "status"


async def test_a_worker_of_another_licence_is_refused(world: CommandWorld) -> None:
    await world.a_template()
    await world.a_template("enterprise", license_type="ENTERPRISE")
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition(license_affinity=("ENTERPRISE",)))

    with pytest.raises(CapacityRefused, match="wants ENTERPRISE"):
        await world.schedule(session_id, worker_id)


async def test_a_session_with_virtual_machines_is_refused_by_a_worker_that_cannot_run_them(world: CommandWorld) -> None:
    await world.a_template()
    await world.a_template("virtual", instance_type="m5.8xlarge")
    worker_id = await world.a_ready_worker("virtual", "virtual")
    session_id = await world.a_pending_session(await world.a_definition())
    assert (await world.session(session_id)).nested_virtualization

    with pytest.raises(CapacityRefused, match=r"is a m5\.8xlarge, which cannot run virtual machines") as refused:
        await world.schedule(session_id, worker_id)
    assert refused.value.facts["reason_code"] == "virtualization"


async def test_a_decision_about_another_session_is_refused(world: CommandWorld) -> None:
    await world.a_template()
    session_id = await world.a_pending_session(await world.a_definition())
    other = RecordPlacementDecision(decision=world.a_decision("another", None))

    with pytest.raises(InvalidInput, match="/decision/session_id"):
        await world.do(RecordPlacementDecisionCommand(session_id, other))


async def test_the_reason_for_waiting_is_told_and_its_decision_kept_once(world: CommandWorld) -> None:
    await world.a_template()
    session_id = await world.a_pending_session(await world.a_definition())

    for _ in range(3):
        decision = world.a_decision(session_id, None, "0/1 workers: 1 capacity")
        await world.do(RecordPlacementDecisionCommand(session_id, RecordPlacementDecision(decision=decision)))

    assert (await world.session(session_id)).pending_reason == "0/1 workers: 1 capacity"
    assert len(await world.documents("placement_decisions")) == 1


async def test_a_session_that_is_taken_off_its_worker_keeps_a_promise_there_and_no_ports(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)

    await world.do(UnscheduleLabletSessionCommand(session_id, UnscheduleSession(reason="worker drains")))

    session, worker = await world.session(session_id), await world.worker(worker_id)
    assert (session.status, session.worker_id, session.allocated_ports) == (LabletSessionStatus.PENDING, None, ())
    assert session.promised_worker_id == worker_id
    assert [(held.session_id, held.granted, held.ports) for held in worker.allocations] == [(session_id, False, ())]
    assert await world.audit() == []


async def test_a_session_with_a_lab_on_a_living_worker_stays_there(world: CommandWorld) -> None:
    from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand
    from lcm_core.contracts.sessions import BindLab

    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)
    await world.instantiate(session_id)
    await world.do(BindLabCommand(session_id, BindLab(cml_lab_id="lab-1")))

    with pytest.raises(RuleViolation, match="which still exists"):
        await world.do(UnscheduleLabletSessionCommand(session_id, UnscheduleSession(reason="move")))
