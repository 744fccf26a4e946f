"""Ports that are granted, on hosts that forward what they forward already."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.application.services import foreign_ports
from lablet_controller.application.services.foreign_ports import ForeignPorts
from lablet_controller.domain.lab_title import lab_title
from lcm_core.contracts.base import Applied
from lcm_core.domain.enums import LabletSessionStatus, PipelineName, StepStatus
from lcm_core.domain.values import ForeignLab
from lcm_core.integration.clients.sessions_api import SessionsApi
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


async def somebody_elses(world: World, *, forwards: str) -> str:
    host = CmlHost("worker-1", world.cml.address)
    return (await world.far.labs.import_lab(host, CHAIN.replace("5041", forwards), "My own lab")).lab_id


async def test_a_session_whose_port_a_foreign_lab_forwards_gets_another_one_before_its_import(world: World) -> None:
    lab_id = await somebody_elses(world, forwards="2000")
    session_id = world.plane.add_session("worker-1")
    before = [each.outer for each in world.session(session_id).allocated_ports]
    await world.drive(session_id, S.READY)
    session = world.session(session_id)
    outers = [each.outer for each in session.allocated_ports]
    assert 2000 in before
    assert 2000 not in outers
    assert len(set(outers)) == len(before)
    [told] = world.plane.worker("worker-1").foreign_labs
    assert (told.lab_id, told.title, told.owner) == (lab_id, "My own lab", "admin")
    assert 2000 in told.ports
    nodes = await world.far.labs.nodes(CmlHost("worker-1", world.cml.address), session.cml_lab_id or "")
    assert {f"serial:{outers[0]}"} <= {tag for node in nodes for tag in node.tags}
    step = session.step(PipelineName.INSTANTIATE, "import_lab")
    assert step is not None
    assert (step.status, step.attempts) == (StepStatus.COMPLETED, 1), "no attempt was lost to it"


async def test_no_lab_is_imported_while_there_are_no_other_ports(world: World) -> None:
    world.plane.port_range = range(2000, 2001)
    lab_id = await somebody_elses(world, forwards="2000")
    session_id = world.plane.add_session("worker-1")
    result = await world.once(session_id)
    assert isinstance(result, RequeueAfter)
    record = world.session(session_id).step(PipelineName.INSTANTIATE, "import_lab")
    assert record is not None
    assert record.status is StepStatus.FAILED
    assert f"lab {lab_id}, which is no session's, forwards 2000 (R1/serial/0)" in (record.error or "")
    assert world.lab_titles() == ["My own lab"]
    await world.far.labs.delete_lab(CmlHost("worker-1", world.cml.address), lab_id)
    await world.drive(session_id, S.READY)


async def test_a_lab_that_came_up_late_with_ports_that_were_swapped_meanwhile_is_imported_again(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    host, title = CmlHost("worker-1", world.cml.address), lab_title("Chain", session_id)
    late = await world.far.labs.import_lab(host, CHAIN.replace("5041", "2011"), title)
    await world.drive(session_id, S.READY)
    session = world.session(session_id)
    assert session.cml_lab_id != late.lab_id
    step = session.step(PipelineName.INSTANTIATE, "import_lab")
    assert step is not None
    assert step.attempts == 2, "so that labs that come up late again and again have an end"
    assert world.lab_titles() == [title]


async def test_labs_of_other_people_that_forward_other_ports_are_no_hindrance(world: World) -> None:
    host = CmlHost("worker-1", world.cml.address)
    await world.far.labs.import_lab(host, CHAIN, "My own lab")
    session_id = world.plane.add_session("worker-1")
    await world.once(session_id)
    assert world.session(session_id).status is S.READY


class Counting:
    """The labs of the hosts, how often each call was made, and how often the nodes of each lab were *read*."""

    def __init__(self, labs: Any) -> None:
        self._labs = labs
        self.calls = Counter[str]()
        self.read = Counter[str]()

    async def nodes(self, host: CmlHost, lab_id: str) -> Any:
        self.read[lab_id] += 1
        return await self._labs.nodes(host, lab_id)

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._labs, name)


def counted(world: World) -> Counting:
    labs = Counting(world.far.labs)
    world.far = replace(world.far, labs=labs)
    return labs


async def test_a_host_is_listed_for_import_and_start_and_foreign_labs_on_record_are_read_once(world: World) -> None:
    lab_id = await somebody_elses(world, forwards="2999")
    world.plane.change_worker("worker-1", foreign_labs=(ForeignLab(lab_id=lab_id, title="My own lab", ports=(2999,)),))
    labs = counted(world)
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    assert (labs.calls["host_labs"], labs.read[lab_id]) == (2, 1)


async def test_a_foreign_lab_in_the_way_is_read_once_for_what_is_seen_and_what_is_told(world: World) -> None:
    lab_id = await somebody_elses(world, forwards="2000")
    labs = counted(world)
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    assert len(world.plane.worker("worker-1").foreign_labs) == 1
    assert labs.read[lab_id] == 2, "before the import, and anew before the start"


async def test_no_lab_is_started_on_ports_that_another_one_has_taken_since_its_import(world: World) -> None:
    """The record, which is of before, knows the lab with other ports."""
    lab_id = await somebody_elses(world, forwards="2000")
    before = ForeignLab(lab_id=lab_id, title="My own lab", ports=(2999,))
    world.plane.change_worker("worker-1", foreign_labs=(before,))
    labs = counted(world)
    session_id = world.plane.add_session("worker-1")
    assert isinstance(await world.once(session_id), RequeueAfter)
    record = world.session(session_id).step(PipelineName.INSTANTIATE, "start_lab")
    assert record is not None
    assert record.status is StepStatus.FAILED
    assert f"lab {lab_id}, which is no session's, forwards 2000 (R1/serial/0)" in (record.error or "")
    assert labs.calls["start_lab"] == 0
    assert 2000 in world.plane.worker("worker-1").foreign_labs[0].ports, "so that nobody else is given them"
    await world.far.labs.delete_lab(CmlHost("worker-1", world.cml.address), lab_id)
    await world.drive(session_id, S.READY)


async def test_a_lab_that_runs_keeps_its_ports_when_its_start_is_asked_for_again(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    session = world.session(session_id)
    await somebody_elses(world, forwards="2000")
    foreign = ForeignPorts(world.plane.client, world.far.labs)
    host = CmlHost("worker-1", world.cml.address)
    await foreign.require_free(host, session.cml_lab_id or "", session.allocated_ports, ())


async def test_of_more_foreign_labs_than_the_record_holds_the_one_in_the_way_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_ports, "MOST_FOREIGN_LABS", 1)
    labs = [await somebody_elses(world, forwards=port) for port in ("2997", "2000", "2998")]
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    assert [lab.lab_id for lab in world.plane.worker("worker-1").foreign_labs] == [labs[1]]
    assert 2000 not in [each.outer for each in world.session(session_id).allocated_ports]


async def test_a_host_that_two_look_at_at_once_is_looked_at_again_without_a_lost_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await somebody_elses(world, forwards="2000")
    session_id = world.plane.add_session("worker-1")
    grant = SessionsApi.grant_other_ports
    answers = [Applied(applied=False, version=1)]

    async def overtaken(sessions: SessionsApi, id: str) -> Applied:
        return answers.pop() if answers else await grant(sessions, id)

    monkeypatch.setattr(SessionsApi, "grant_other_ports", overtaken)
    await world.drive(session_id, S.READY)
    step = world.session(session_id).step(PipelineName.INSTANTIATE, "import_lab")
    assert step is not None
    assert (step.status, step.attempts, answers) == (StepStatus.COMPLETED, 1, [])
