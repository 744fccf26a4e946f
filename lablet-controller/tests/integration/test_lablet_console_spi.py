from __future__ import annotations

import pytest

from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.application.ports.consoles import ConsoleError
from lablet_controller.integration.services.cml_labs_spi import CmlLabsSpi
from lablet_controller.integration.services.console_spi import CmlConsoleSpi
from lcm_core.domain.node_cli import IOS
from lcm_simulators.cml.testing import RunningHost

from ..conftest import CHAIN


@pytest.fixture
async def r1_key(labs: CmlLabsSpi, cml_host: CmlHost) -> str:
    lab = await labs.import_lab(cml_host, CHAIN, "t")
    await labs.start_lab(cml_host, lab.lab_id)
    while not await labs.converged(cml_host, lab.lab_id):
        continue
    nodes = {node.label: node for node in await labs.nodes(cml_host, lab.lab_id)}
    return nodes["R1"].consoles[0].key


async def test_the_running_configuration_is_read_whole(consoles: CmlConsoleSpi, cml_host: CmlHost, r1_key: str) -> None:
    async with consoles.connect(cml_host) as session:
        [result] = await session.run(r1_key, IOS, ["show running-config"])
    assert result.error is None
    lines = result.output.splitlines()
    assert "hostname R1" in lines
    assert "router ospf 1" in lines
    assert lines[-1] == "end"
    assert not any("R1#" in line or "--More--" in line or "show running-config" in line for line in lines)


async def test_each_command_has_its_own_output(consoles: CmlConsoleSpi, cml_host: CmlHost, r1_key: str) -> None:
    async with consoles.connect(cml_host) as session:
        results = await session.run(r1_key, IOS, ["show version", "show frobnication", "show running-config"])
    assert [bool(result.error) for result in results] == [False, True, False]
    assert "refused" in (results[1].error or "")


@pytest.mark.parametrize(
    "left",
    [b"enable\rconfigure terminal\rinterface GigabitEthernet0/0\r", b"enable\rshow running-config\r", b"reloa"],
    ids=["in configuration mode", "in the pager", "with a half-typed command"],
)
async def test_a_line_left_in_an_odd_state_is_brought_back(
    consoles: CmlConsoleSpi, cml: RunningHost, cml_host: CmlHost, r1_key: str, left: bytes
) -> None:
    found = cml.runtime.devices.find_console(r1_key)
    assert found is not None
    line = cml.runtime.devices.line(*found)
    assert line is not None
    line.receive(left)
    async with consoles.connect(cml_host) as session:
        [result] = await session.run(r1_key, IOS, ["show running-config"])
    assert result.error is None
    assert "hostname R1" in result.output.splitlines()


async def test_the_device_is_left_in_user_exec(
    consoles: CmlConsoleSpi, cml: RunningHost, cml_host: CmlHost, r1_key: str
) -> None:
    async with consoles.connect(cml_host) as session:
        await session.run(r1_key, IOS, ["show version"])
    found = cml.runtime.devices.find_console(r1_key)
    assert found is not None
    line = cml.runtime.devices.line(*found)
    assert line is not None
    line.receive(b"\r")
    assert line.log().splitlines()[-1].endswith("R1>")
    assert line.watchers == 0


async def test_a_console_that_does_not_exist_is_an_error(consoles: CmlConsoleSpi, cml_host: CmlHost) -> None:
    async with consoles.connect(cml_host) as session:
        with pytest.raises(ConsoleError, match="cannot be opened"):
            await session.run("6b7c6c9e-0000-4000-8000-000000000000", IOS, ["show version"])


async def test_a_host_that_shows_another_key_than_before_is_not_talked_to(
    consoles: CmlConsoleSpi, cml_host: CmlHost
) -> None:
    assert consoles._access.host_keys.accepts(cml_host.worker_id, cml_host.address, "SHA256:another")
    with pytest.raises(ConsoleError, match="host key"):
        async with consoles.connect(cml_host):
            pytest.fail("connected")
