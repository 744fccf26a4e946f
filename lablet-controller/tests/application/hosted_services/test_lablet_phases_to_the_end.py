from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lablet_controller.application.services.assessment import AssessmentPolicy
from lcm_core.domain.enums import (
    CMLWorkerStatus,
    LabletSessionStatus,
    PipelineName,
    SessionOutcome,
    WorkerDesiredStatus,
)
from lcm_core.domain.errors import FarEndError
from lcm_core.reconcile import RequeueAfter

from .conftest import RULES

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus


async def ready(world: World, **options: Any) -> str:
    session_id = world.plane.add_session("worker-1", **options)
    await world.drive(session_id, S.READY)
    return session_id


async def running(world: World, **options: Any) -> str:
    session_id = await ready(world, **options)
    await world.learner(session_id, "login")
    world.plane.move(session_id, S.RUNNING)
    return session_id


def pass_slot(world: World, session_id: str) -> None:
    world.clock.advance((world.session(session_id).timeslot.end - world.clock.now()).total_seconds())


async def fault(url: str, **spec: Any) -> None:
    async with httpx2.AsyncClient(base_url=url) as http:
        assert (await http.post("/_sim/faults", json=spec)).status_code == 201


async def heal(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url) as http:
        await http.delete("/_sim/faults")


# a termination that was asked for


@pytest.mark.parametrize("status", [S.PENDING, S.SCHEDULED])
async def test_termination_before_anything_exists_is_immediate(world: World, status: LabletSessionStatus) -> None:
    session_id = world.plane.add_session("worker-1")
    world.plane.change(session_id, status=status, terminate_requested=True)
    await world.once(session_id)
    assert (world.session(session_id).status, world.session(session_id).outcome) == (
        S.TERMINATED,
        SessionOutcome.CANCELLED,
    )


@pytest.mark.parametrize("status", [S.INSTANTIATING, S.READY, S.RUNNING, S.COLLECTING, S.GRADING])
async def test_termination_with_a_lab_goes_through_stopping(world: World, status: LabletSessionStatus) -> None:
    session_id = await ready(world)
    world.plane.change(session_id, status=status, terminate_requested=True)
    await world.drive(session_id, S.TERMINATED)
    assert world.session(session_id).outcome is SessionOutcome.CANCELLED
    assert (session_id, "stopped") in world.plane.writes
    assert world.lab_titles() == []


# COLLECTING


async def test_devices_that_cannot_be_read_do_not_hold_up_the_others(world: World) -> None:
    session_id = await ready(world)
    [lab] = world.cml.runtime.host.labs.values()
    world.plane.change(session_id, status=S.COLLECTING)
    await world.drive(session_id, S.GRADING)
    devices = {device.node_label: device for device in world.plane.evidence[session_id].devices}
    assert set(devices) == {"R1", "PC"}
    commands = [output.command for output in devices["R1"].outputs]
    assert {"show running-config", "show version", "console log"} <= set(commands)
    assert [output.command for output in devices["PC"].outputs] == [
        "ip addr show",
        "hostname",
        "uname -a",
        "console log",
    ]
    assert lab.title in world.lab_titles()


async def test_what_the_lab_used_is_told_with_its_evidence_and_costs_none_when_the_host_keeps_it(world: World) -> None:
    told, kept = await ready(world), await ready(world)
    world.plane.change(told, status=S.COLLECTING)
    await world.drive(told, S.GRADING)
    await fault(world.cml.control_url, kind="error", match={"path_regex": "/simulation_stats"}, status=503)
    world.plane.change(kept, status=S.COLLECTING)
    await world.drive(kept, S.GRADING)
    observed = world.plane.evidence[told].observed
    assert observed is not None
    assert set(observed.ports) == {each.outer for each in world.session(told).allocated_ports}
    assert observed.cpu_cores > 0
    assert (observed.cpu_percent or 0) > 0
    evidence = world.plane.evidence[kept]
    assert evidence.observed is None
    assert any(device.was_read for device in evidence.devices)


async def test_a_host_that_cannot_be_reached_ends_collection_at_its_deadline_with_nothing(world: World) -> None:
    world.policy = replace(world.policy, assessment=AssessmentPolicy(collect_seconds=30))
    session_id = await ready(world)
    world.plane.change(session_id, status=S.COLLECTING)
    await fault(world.cml.control_url, kind="error", match={"path_regex": "/nodes"}, status=503)
    await world.drive(session_id, S.STOPPING)
    assert world.plane.evidence[session_id].devices == ()


# GRADING


async def graded(world: World, session_id: str) -> None:
    world.plane.change(session_id, status=S.COLLECTING)
    await world.drive(session_id, S.STOPPING)


async def test_content_without_rules_ends_without_a_score(world: World) -> None:
    world.plane.package = world.plane.package.model_copy(update={"grading_yaml": ""})
    session_id = await ready(world)
    await graded(world, session_id)
    assert "synchronize_ruleset" in world.session(session_id).outcome_reason


async def test_without_a_grading_engine_the_reason_is_said(world: World) -> None:
    world.without_grading_engine()
    session_id = await ready(world)
    await graded(world, session_id)
    assert "LABLET_CONTROLLER_GRADING_URL" in world.session(session_id).outcome_reason


async def test_a_score_that_never_comes_is_given_up_at_the_deadline(world: World, monkeypatch: Any) -> None:
    async def silent(_ref: object) -> Any:
        from lablet_controller.application.ports.grading import GradingResult, GradingState

        return GradingResult(GradingState.GRADING)

    monkeypatch.setattr(world.far.grading, "result", silent)
    session_id = await ready(world)
    before = world.clock.now()
    await graded(world, session_id)
    assert "timeout" in world.session(session_id).outcome_reason
    waited = (world.clock.now() - before).total_seconds()
    assert 900 <= waited < 1000


async def test_a_score_that_a_person_looks_at_first_is_waited_for_longer(world: World, monkeypatch: Any) -> None:
    """The engine's event was lost, and towards the deadline it cannot even be asked."""
    from lablet_controller.application.ports.grading import GradingResult, GradingState

    async def reviewing(_ref: object) -> Any:
        if world.clock.now() > began + timedelta(seconds=600):
            raise FarEndError("grading-engine", "away", retryable=True)
        return GradingResult(GradingState.REVIEWING)

    monkeypatch.setattr(world.far.grading, "result", reviewing)
    session_id = await ready(world)
    began = world.clock.now()
    await graded(world, session_id)
    assert "timeout" in world.session(session_id).outcome_reason
    assert 3600 <= (world.clock.now() - began).total_seconds() < 3700


async def test_a_reviewed_score_is_a_score(world: World) -> None:
    world.plane.package = world.plane.package.model_copy(update={"grading_yaml": f"{RULES}review: true\n"})
    session_id = await ready(world)
    await graded(world, session_id)
    assert world.session(session_id).score == 2


# STOPPING


async def test_a_terminated_host_is_the_proof(world: World) -> None:
    session_id = await ready(world)
    world.plane.change(session_id, status=S.STOPPING)
    world.plane.change_worker("worker-1", status=CMLWorkerStatus.TERMINATED, ec2_instance_id="i-1")
    await world.drive(session_id, S.TERMINATED)
    step = world.session(session_id).step(PipelineName.TEARDOWN, "delete_lab")
    assert step is not None
    assert step.result["proof"] == ("worker worker-1 (EC2 instance i-1) is terminated and everything on it with it")


async def test_an_unknown_worker_proves_nothing(world: World) -> None:
    session_id = await ready(world)
    world.plane.change(session_id, status=S.STOPPING)
    del world.plane.workers["worker-1"]
    for _ in range(3):
        assert isinstance(await world.once(session_id), RequeueAfter)
        world.clock.advance(60)
    assert world.session(session_id).status is S.STOPPING


async def test_a_stopped_host_is_woken_because_its_lab_would_come_back_with_it(world: World) -> None:
    session_id = await ready(world)
    world.plane.change(session_id, status=S.STOPPING)
    world.plane.change_worker("worker-1", status=CMLWorkerStatus.STOPPED, desired_status=WorkerDesiredStatus.STOPPED)
    assert isinstance(await world.once(session_id), RequeueAfter)
    assert world.plane.worker("worker-1").desired_status is WorkerDesiredStatus.RUNNING
    assert world.session(session_id).status is S.STOPPING


async def test_room_is_not_given_back_while_cml_does_not_answer(world: World) -> None:
    session_id = await ready(world)
    world.plane.change(session_id, status=S.STOPPING)
    await fault(world.cml.control_url, kind="error", match={"path_regex": "/api/v0/labs/.*"}, status=500)
    for _ in range(12):
        result = await world.once(session_id)
        assert isinstance(result, RequeueAfter)
        world.clock.advance(result.seconds)
    assert world.session(session_id).status is S.STOPPING
    await heal(world.cml.control_url)
    await world.drive(session_id, S.TERMINATED)
    assert world.lab_titles() == []


async def test_a_second_lab_of_the_same_session_goes_as_well(world: World) -> None:
    session_id = await ready(world)
    host = next(iter(world.cml.runtime.host.labs.values()))
    from lablet_controller.application.ports.cml_labs import CmlHost

    from ...conftest import CHAIN

    await world.far.labs.import_lab(CmlHost("worker-1", world.cml.address), CHAIN, host.title)
    assert len(world.lab_titles()) == 2
    world.plane.change(session_id, status=S.STOPPING)
    await world.drive(session_id, S.TERMINATED)
    assert world.lab_titles() == []
