"""Steps that a definition asks for, on simulated devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lablet_controller.application.ports.cml_labs import CmlHost
from lcm_core.domain.delivery_terms import ExtraStep, PushConfiguration, WaitForPrompt
from lcm_core.domain.enums import LabletSessionStatus, PipelineName, SessionOutcome, StepStatus
from lcm_core.domain.node_cli import IOS
from lcm_core.domain.read_models import StepRecord

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus
PROMPT = WaitForPrompt()
HOSTNAME = PushConfiguration(node_label="R1", lines=("hostname EDGE", "interface Loopback0", "description pushed"))


async def with_extra(world: World, *extras: ExtraStep, until: S = S.READY) -> str:
    session_id = world.plane.add_session("worker-1")
    world.plane.change(session_id, extra_steps=extras)
    await world.drive(session_id, until)
    return session_id


def record(world: World, session_id: str, name: str) -> StepRecord:
    found = world.session(session_id).step(PipelineName.INSTANTIATE, name)
    assert found is not None
    return found


async def test_they_come_after_convergence_in_their_order_and_before_the_delivery_session(world: World) -> None:
    session_id = await with_extra(world, PROMPT, HOSTNAME)
    names = [step.step for step in world.session(session_id).steps]
    assert names[names.index("converge") + 1 : names.index("lds_session")] == [
        "wait_for_prompt:prompt",
        "push_configuration:configuration",
    ]
    assert record(world, session_id, "wait_for_prompt:prompt").result == {"nodes": ["R1", "PC"]}


async def test_the_configuration_is_on_the_device(world: World) -> None:
    await with_extra(world, HOSTNAME)
    [lab] = world.cml.runtime.host.labs.values()
    [router] = [node for node in lab.nodes.values() if node.label == "R1"]
    async with world.far.consoles.connect(CmlHost("worker-1", world.cml.address)) as console:
        key = router.console_keys[0]
        [shown] = await console.run(key, IOS, ["show running-config"])
    assert "hostname EDGE" in shown.output
    assert "description pushed" in shown.output


async def test_a_line_that_the_device_refuses_ends_the_session_with_what_it_said(world: World) -> None:
    wrong = PushConfiguration(node_label="R1", lines=("no such command at all",))
    session_id = await with_extra(world, wrong, until=S.TERMINATED)
    session = world.session(session_id)
    assert session.outcome is SessionOutcome.FAILED
    assert "no such command at all" in session.outcome_reason
    assert world.lab_titles() == []


async def test_a_node_without_configuration_mode_is_named(world: World) -> None:
    session_id = await with_extra(world, PushConfiguration(node_label="SW", lines=("x",)), until=S.TERMINATED)
    assert "'SW'" in world.session(session_id).outcome_reason


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_controller_that_dies_at_every_call_pushes_it_all_the_same(world: World, when: str) -> None:
    world.die_at_every_call(when)
    session_id = await with_extra(world, PROMPT, HOSTNAME)
    assert record(world, session_id, "push_configuration:configuration").status is StepStatus.COMPLETED


async def test_a_node_whose_command_line_is_not_known_shows_its_prompt_in_its_log(world: World) -> None:
    session_id = await with_extra(world, WaitForPrompt(node_labels=("PC",)))
    assert record(world, session_id, "wait_for_prompt:prompt").result == {"nodes": ["PC"]}
