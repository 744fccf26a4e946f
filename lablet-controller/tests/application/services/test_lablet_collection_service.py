from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from lablet_controller.application.ports.cml_labs import CmlHost, LabNode, NodeState, SerialConsole
from lablet_controller.application.ports.consoles import CommandResult, ConsoleError
from lablet_controller.application.services.collection_service import CollectionPolicy, CollectionService
from lablet_controller.domain.node_cli import CliDialect
from lcm_core.clock import SystemClock
from lcm_core.contracts.sessions import DeviceCollection

HOST = CmlHost("w", "127.0.0.1")


def node(label: str, definition: str = "iosv", state: str = NodeState.BOOTED, consoles: int = 1) -> LabNode:
    keys = tuple(SerialConsole(line, f"{label}-{line}") for line in range(consoles))
    return LabNode(label, label, definition, state, keys)


class Lab:
    """Nodes of a lab, and what their consoles answer: text, an error, or silence (None)."""

    def __init__(self, *nodes: LabNode, **answers: str | Exception | None) -> None:
        self._nodes = nodes
        self._answers = answers
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.connections = 0
        self.refuse_connections = 0

    async def nodes(self, _host: CmlHost, _lab_id: str) -> tuple[LabNode, ...]:
        return self._nodes

    async def console_log(self, _host: CmlHost, _lab_id: str, node_id: str, *, line: int = 0) -> str:
        return f"log of {node_id}"

    @contextlib.asynccontextmanager
    async def connect(self, host: CmlHost) -> AsyncIterator[Lab]:
        self.connections += 1
        if self.connections <= self.refuse_connections:
            raise ConsoleError(host, "refused", retryable=True)
        yield self

    async def run(self, console_key: str, _dialect: CliDialect, commands: Sequence[str]) -> tuple[CommandResult, ...]:
        label = console_key.rpartition("-")[0]
        self.asked.append((label, tuple(commands)))
        answer = self._answers.get(label, f"config of {label}")
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return tuple(CommandResult(command, str(answer)) for command in commands)


async def collect(lab: Any, deadline: float = 5, **commands: Sequence[str]) -> dict[str, DeviceCollection]:
    policy = CollectionPolicy(rounds=2, pause_seconds=0, most_characters=50)
    service = CollectionService(lab, lab, SystemClock(), policy)
    return {each.node_label: each for each in await service.collect_configs(HOST, "lab", commands, deadline)}


async def test_the_configuration_comes_first_then_what_the_rules_ask_for_each_once() -> None:
    lab = Lab(node("R1"))
    await collect(lab, R1=["show version", "show running-config"])
    assert lab.asked == [("R1", ("show running-config", "show version"))]


async def test_nodes_without_a_console_are_no_devices() -> None:
    found = await collect(Lab(node("R1"), node("EXT", "external_connector", consoles=0)))
    assert set(found) == {"R1"}


async def test_a_node_without_a_known_command_line_gives_its_console_log() -> None:
    found = await collect(Lab(node("PC", "alpine")), PC=["uname -a"])
    outputs = [(output.command, output.output, output.error) for output in found["PC"].outputs]
    assert outputs == [
        ("console log", "log of PC", None),
        ("uname -a", "", "no command line is known for alpine nodes"),
    ]


async def test_a_node_that_is_not_running_is_said_to_be() -> None:
    found = await collect(Lab(node("R1", state=NodeState.STOPPED)))
    assert found["R1"].error == "the node is STOPPED"


async def test_one_device_that_fails_takes_nothing_from_the_others() -> None:
    broken = ConsoleError(HOST, "no prompt", retryable=True)
    found = await collect(Lab(node("R1"), node("R2"), R1=broken))
    assert found["R1"].error is not None
    assert found["R2"].outputs[0].output == "config of R2"


async def test_what_was_read_by_the_deadline_is_kept() -> None:
    found = await collect(Lab(node("R1"), node("R2"), R1=None), deadline=0.2)
    assert found["R1"].error == "not collected within 0.2 s"
    assert found["R2"].error is None


async def test_devices_that_gave_nothing_are_asked_once_more_and_no_others() -> None:
    broken = ConsoleError(HOST, "no prompt", retryable=True)
    lab = Lab(node("R1"), node("R2"), R1=broken)
    await collect(lab)
    assert [label for label, _ in lab.asked] == ["R1", "R2", "R1"]


async def test_a_console_server_that_comes_back_is_asked_again() -> None:
    lab = Lab(node("R1"))
    lab.refuse_connections = 1
    assert (await collect(lab))["R1"].error is None


async def test_output_beyond_the_limit_is_cut_and_says_so() -> None:
    found = await collect(Lab(node("R1"), R1="x" * 80))
    [output] = found["R1"].outputs
    assert len(output.output) == 50
    assert output.error == "cut: the output has 80 characters, 50 are kept"
