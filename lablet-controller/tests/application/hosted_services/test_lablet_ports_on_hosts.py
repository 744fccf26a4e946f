"""Ports that are granted, on hosts that forward what they forward already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lablet_controller.application.ports.cml_labs import CmlHost
from lcm_core.domain.enums import LabletSessionStatus, PipelineName, StepStatus
from lcm_core.reconcile import RequeueAfter

from ...conftest import CHAIN

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus


@pytest.mark.parametrize(("first", "told"), [(7998, 0), (7999, 1), (8000, 2)])
async def test_ports_that_cml_forwards_only_when_widened_are_warned_of(world: World, first: int, told: int) -> None:
    session_id = world.plane.add_session("worker-1")
    ports = world.session(session_id).allocated_ports
    moved = tuple(each.model_copy(update={"outer": first + number}) for number, each in enumerate(ports))
    world.plane.change(session_id, allocated_ports=moved)
    await world.once(session_id)
    record = world.session(session_id).step(PipelineName.INSTANTIATE, "allocate_ports")
    assert record is not None
    assert len(record.result["warnings"]) == told


async def test_no_lab_is_imported_whose_ports_somebody_elses_lab_has(world: World) -> None:
    host = CmlHost("worker-1", world.cml.address)
    foreign = await world.far.labs.import_lab(host, CHAIN.replace("5041", "2000"), "My own lab")
    session_id = world.plane.add_session("worker-1")
    result = await world.once(session_id)
    assert isinstance(result, RequeueAfter)
    record = world.session(session_id).step(PipelineName.INSTANTIATE, "import_lab")
    assert record is not None
    assert record.status is StepStatus.FAILED
    assert f"lab {foreign.lab_id}, which is no session's, forwards 2000 (R1/serial/0)" in (record.error or "")
    assert world.lab_titles() == ["My own lab"]
    await world.far.labs.delete_lab(host, foreign.lab_id)
    await world.drive(session_id, S.READY)


async def test_labs_of_other_people_that_forward_other_ports_are_no_hindrance(world: World) -> None:
    host = CmlHost("worker-1", world.cml.address)
    await world.far.labs.import_lab(host, CHAIN, "My own lab")
    session_id = world.plane.add_session("worker-1")
    await world.once(session_id)
    assert world.session(session_id).status is S.READY
