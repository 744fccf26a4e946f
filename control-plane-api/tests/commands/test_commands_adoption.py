"""An instance that was there already becomes one worker, once, and only the worker it was meant for."""

from __future__ import annotations

import asyncio

import pytest

from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.adopt_worker_command import AdoptWorkerCommand
from control_plane_api.application.commands.worker.import_worker_command import ImportWorkerCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import CommandWorld, an_instance
from lcm_core.contracts.workers import ImportWorker, WorkerFailed
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus, WorkerOrigin
from lcm_core.domain.errors import Conflict, RuleViolation

W, D = CMLWorkerStatus, WorkerDesiredStatus


async def wish(world: CommandWorld, instance_id: str = "i-1", region: str = "us-east-1") -> str:
    body = ImportWorker(region=region, ec2_instance_id=instance_id, template_name="metal", reason="made by hand")
    return (await world.do(ImportWorkerCommand(body), actor="ada")).worker_id


@pytest.mark.parametrize(
    ("stopped", "status", "desired"), [(False, W.PROVISIONING, D.RUNNING), (True, W.STOPPED, D.STOPPED)]
)
async def test_an_adopted_instance_is_a_worker_as_it_was_found(
    world: CommandWorld, stopped: bool, status: W, desired: D
) -> None:
    await world.a_template()
    made = await world.do(AdoptWorkerCommand(an_instance("i-1", stopped=stopped)))
    worker = await world.worker(made.worker_id)
    assert made.created
    assert (worker.status, worker.desired_status, worker.origin) == (status, desired, WorkerOrigin.ADOPTED)
    assert (worker.ec2_instance_id, worker.ami_name) == ("i-1", "CML-2.9.1")
    assert not worker.planned
    assert await world.audit() == []


async def test_an_instance_that_is_adopted_again_and_again_has_one_worker(world: CommandWorld) -> None:
    await world.a_template()
    first = await world.do(AdoptWorkerCommand(an_instance("i-1")))
    again = [await world.do(AdoptWorkerCommand(an_instance("i-1"))) for _ in range(3)]
    assert {each.worker_id for each in again} == {first.worker_id}
    assert not any(each.created for each in again)


async def test_two_who_adopt_one_instance_at_once_get_the_same_worker(world: CommandWorld) -> None:
    await world.a_template()
    answers = await asyncio.gather(
        *(world.do(AdoptWorkerCommand(an_instance("i-1"))) for _ in range(6)), return_exceptions=True
    )
    made = {answer.worker_id for answer in answers if not isinstance(answer, BaseException)}
    assert len(made) == 1
    assert all(isinstance(each, Conflict) for each in answers if isinstance(each, BaseException))
    assert len(await world.read.workers.where()) == 1


async def test_an_import_is_a_wish_until_the_instance_was_looked_at(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await wish(world)
    wished = await world.worker(worker_id)
    assert (wished.status, wished.import_of, wished.ec2_instance_id) == (W.PENDING, "i-1", None)
    await world.do(AdoptWorkerCommand(an_instance("i-1", worker_id=worker_id)))
    worker = await world.worker(worker_id)
    assert (worker.status, worker.origin, worker.ec2_instance_id) == (W.PROVISIONING, WorkerOrigin.IMPORTED, "i-1")


async def test_an_imported_instance_that_is_stopped_is_to_be_started(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await wish(world)
    await world.do(AdoptWorkerCommand(an_instance("i-1", worker_id=worker_id, stopped=True)))
    worker = await world.worker(worker_id)
    assert (worker.status, worker.desired_status) == (W.STOPPED, D.RUNNING)


async def test_an_instance_that_a_worker_stands_for_is_not_imported(world: CommandWorld) -> None:
    await world.a_template()
    await world.do(AdoptWorkerCommand(an_instance("i-1")))
    await wish(world, "i-2")
    for instance_id in ("i-1", "i-2"):
        with pytest.raises(RuleViolation) as refused:
            await wish(world, instance_id)
        assert refused.value.code == "instance-on-record"


async def test_an_import_that_was_refused_can_be_asked_for_again_once_its_worker_is_gone(world: CommandWorld) -> None:
    await world.a_template()
    refused = await wish(world)
    await world.do(WorkerFailedCommand(refused, WorkerFailed(reason="there is no instance i-1")))
    assert (await world.worker(refused)).failure == "there is no instance i-1"


async def test_a_template_of_another_region_does_not_fit(world: CommandWorld) -> None:
    await world.a_template()
    with pytest.raises(RuleViolation) as refused:
        await wish(world, region="eu-west-1")
    assert refused.value.code == "template-elsewhere"
    with pytest.raises(RuleViolation) as refused:
        await world.do(AdoptWorkerCommand(an_instance("i-1", region="eu-west-1")))
    assert refused.value.code == "template-elsewhere"


async def test_a_region_that_is_full_takes_nobody_in(world: CommandWorld) -> None:
    await world.a_template()
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=1), "small"))
    await world.a_ready_worker()
    with pytest.raises(RuleViolation) as refused:
        await wish(world)
    assert refused.value.code == "fleet-limit"
    with pytest.raises(RuleViolation) as refused:
        await world.do(AdoptWorkerCommand(an_instance("i-1")))
    assert refused.value.code == "fleet-limit"


async def test_a_worker_takes_no_other_instance_than_its_own(world: CommandWorld) -> None:
    await world.a_template()
    imported, launched = await wish(world, "i-1"), await world.a_requested_worker()
    with pytest.raises(RuleViolation) as refused:
        await world.do(AdoptWorkerCommand(an_instance("i-9", worker_id=imported)))
    assert refused.value.code == "worker-has-instance"
    with pytest.raises(RuleViolation) as refused:
        await world.do(AdoptWorkerCommand(an_instance("i-9", worker_id=launched)))
    assert refused.value.code == "not-imported"
