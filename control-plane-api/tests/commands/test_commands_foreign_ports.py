"""Ports that foreign labs forward, on a real store: granted to nobody, and swapped under those who wait on them."""

from __future__ import annotations

import pytest

from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand
from control_plane_api.application.commands.lablet_session.grant_other_ports_command import GrantOtherPortsCommand
from control_plane_api.application.commands.worker.report_foreign_labs_command import ReportForeignLabsCommand
from control_plane_api.testing.command_world import CommandWorld
from lcm_core.contracts.sessions import BindLab
from lcm_core.contracts.workers import ReportForeignLabs
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import ForeignLab


class Host:
    """A worker, and sessions of a definition with two ports on it."""

    def __init__(self, world: CommandWorld, definition_id: str, worker_id: str) -> None:
        self.world, self.definition_id, self.worker_id = world, definition_id, worker_id

    async def placed(self) -> str:
        session_id = await self.world.a_pending_session(self.definition_id)
        await self.world.schedule(session_id, self.worker_id)
        return session_id

    async def ports(self, session_id: str) -> list[int]:
        return [each.outer for each in (await self.world.session(session_id)).allocated_ports]

    async def foreign_lab_on(self, *ports: int) -> bool:
        labs = (ForeignLab(lab_id="f", title="Mine", owner="ada", ports=ports),) if ports else ()
        report = ReportForeignLabs(labs=labs)
        return (await self.world.do(ReportForeignLabsCommand(self.worker_id, report))).applied


@pytest.fixture
async def host(world: CommandWorld) -> Host:
    await world.a_template()
    return Host(world, await world.a_definition(max_duration_minutes=60), await world.a_ready_worker())


async def test_a_session_that_waits_on_a_foreign_port_gets_another_one_in_the_commit_that_tells_of_it(
    host: Host,
) -> None:
    session_id = await host.placed()
    first, second = await host.ports(session_id)
    commits = await host.world.commits()

    assert await host.foreign_lab_on(first)

    assert await host.world.commits() == commits + 2  # the worker and the session, together
    assert await host.ports(session_id) == [second + 1, second]
    worker = await host.world.worker(host.worker_id)
    assert [(lab.title, lab.owner, lab.ports) for lab in worker.foreign_labs] == [("Mine", "ada", (first,))]
    assert await host.world.audit() == []


async def test_what_is_known_is_not_recorded_again_and_its_ports_are_given_out_when_it_goes(host: Host) -> None:
    assert await host.foreign_lab_on(2000, 2001)
    assert not await host.foreign_lab_on(2000, 2001)
    assert await host.ports(await host.placed()) == [2002, 2003]

    assert await host.foreign_lab_on()

    assert await host.ports(await host.placed()) == [2000, 2001]
    assert await host.world.audit() == []


async def test_a_session_that_has_begun_asks_for_itself_and_not_once_it_has_its_lab(host: Host) -> None:
    session_id, other = await host.placed(), await host.placed()
    for each in (session_id, other):
        await host.world.instantiate(each)
    before, others = await host.ports(session_id), await host.ports(other)
    await host.world.do(BindLabCommand(other, BindLab(cml_lab_id="cml-1")))
    await host.foreign_lab_on(before[0], others[0])
    assert await host.ports(session_id) == before

    assert (await host.world.do(GrantOtherPortsCommand(session_id))).applied
    assert not (await host.world.do(GrantOtherPortsCommand(session_id))).applied
    with pytest.raises(RuleViolation, match="are in use and stay"):
        await host.world.do(GrantOtherPortsCommand(other))

    now = await host.ports(session_id)
    assert now[0] not in before
    assert now[1] == before[1]
    assert await host.ports(other) == others
    assert await host.world.audit() == []
