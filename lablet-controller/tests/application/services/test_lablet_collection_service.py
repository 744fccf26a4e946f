from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from lablet_controller.application.ports.cml_labs import (
    CmlError,
    CmlHost,
    CmlRefused,
    ConfigurationFile,
    LabNode,
    NodeState,
    SerialConsole,
)
from lablet_controller.application.ports.consoles import CommandResult, ConsoleError
from lablet_controller.application.services.collection_service import CollectionPolicy, CollectionService
from lablet_controller.domain.command_sets import CommandSets
from lcm_core.clock import SystemClock
from lcm_core.contracts.sessions import DeviceCollection
from lcm_core.domain.enums import EvidenceSource
from lcm_core.domain.node_cli import IOS, CliDialect

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
        self.stored: dict[str, str] = {}
        self.refuses_to_store = False

    async def nodes(self, _host: CmlHost, _lab_id: str) -> tuple[LabNode, ...]:
        return self._nodes

    async def stored_configuration(self, host: CmlHost, _lab_id: str, node_id: str) -> tuple[ConfigurationFile, ...]:
        if node_id not in self.stored:
            raise CmlError(host, "no stored configuration", retryable=False)
        return (ConfigurationFile("ios_config.txt", self.stored[node_id]),)

    async def extract_configuration(self, _host: CmlHost, _lab_id: str, node_id: str) -> None:
        self.stored[node_id] = f"extracted from {node_id}"
        await self.extracting(node_id)

    async def extracting(self, node_id: str) -> None:
        """What happens while CML reads."""

    async def store_configuration(
        self, host: CmlHost, _lab_id: str, node_id: str, files: Sequence[ConfigurationFile]
    ) -> None:
        await asyncio.sleep(0)
        if self.refuses_to_store:
            raise CmlRefused(host, "stop it first", status=400)
        self.stored[node_id] = files[0].content

    async def console_log(self, _host: CmlHost, _lab_id: str, node_id: str, *, line: int = 0) -> str:
        return f"log of {node_id}"

    @contextlib.asynccontextmanager
    async def connect(self, host: CmlHost) -> AsyncIterator[Lab]:
        self.connections += 1
        if self.connections <= self.refuse_connections:
            raise ConsoleError(host, "refused", retryable=True)
        yield self

    async def run(
        self, console_key: str, _dialect: CliDialect, commands: Sequence[str], **_: Any
    ) -> tuple[CommandResult, ...]:
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
    sets = CommandSets(by_device=commands)
    return {each.node_label: each for each in await service.collect_configs(HOST, "lab", sets, deadline)}


def texts(device: DeviceCollection) -> list[tuple[str, str, str | None]]:
    return [(output.command, output.output, output.error) for output in device.outputs]


async def test_the_platform_is_asked_first_then_what_the_rules_look_at_each_once() -> None:
    lab = Lab(node("R1"))
    await collect(lab, R1=["show clock", "show running-config"])
    assert lab.asked == [("R1", (*IOS.commands, "show clock"))]
    assert IOS.commands[0] == "show running-config"


async def test_a_command_that_could_change_the_device_is_not_run_and_says_so() -> None:
    lab = Lab(node("R1"))
    found = await collect(lab, R1=["reload", "show clock"])
    assert "reload" not in lab.asked[0][1]
    [refused] = [output for output in found["R1"].outputs if output.command == "reload"]
    assert (refused.error or "").startswith("not run: ")


async def test_the_console_log_is_kept_of_every_node() -> None:
    broken = ConsoleError(HOST, "no prompt", retryable=True)
    found = await collect(Lab(node("R1"), node("R2"), node("R3", state=NodeState.STOPPED), R2=broken))
    logs = {
        label: [output.output for output in device.outputs if output.source is EvidenceSource.CONSOLE_LOG]
        for label, device in found.items()
    }
    assert logs == {"R1": ["log of R1"], "R2": ["log of R2"], "R3": ["log of R3"]}


async def test_nodes_without_a_console_are_no_devices() -> None:
    found = await collect(Lab(node("R1"), node("EXT", "external_connector", consoles=0)))
    assert set(found) == {"R1"}


async def test_a_node_without_a_known_command_line_gives_its_console_log() -> None:
    found = await collect(Lab(node("PC", "trex")), PC=["uname -a"])
    assert texts(found["PC"]) == [
        ("uname -a", "", "no command line is known for trex nodes"),
        ("console log", "log of PC", None),
    ]
    assert found["PC"].was_read


async def test_a_console_log_alone_does_not_make_a_router_read() -> None:
    broken = ConsoleError(HOST, "no prompt", retryable=True)
    found = await collect(Lab(node("R1"), R1=broken))
    assert not found["R1"].was_read


async def test_where_no_console_answers_cml_reads_the_configuration_and_the_stored_one_is_put_back() -> None:
    lab = Lab(node("R1"), R1=ConsoleError(HOST, "no prompt", retryable=True))
    lab.stored["R1"] = "day 0"
    found = await collect(lab)
    first = found["R1"].outputs[0]
    assert (first.command, first.output, first.source) == (
        "show running-config",
        "extracted from R1",
        EvidenceSource.EXTRACTED,
    )
    assert lab.stored == {"R1": "day 0"}
    assert "put back (console: " in found["R1"].note
    assert found["R1"].was_read


async def test_the_stored_configuration_is_put_back_even_when_the_time_is_over() -> None:
    class Slow(Lab):
        async def extracting(self, node_id: str) -> None:
            await asyncio.Event().wait()

    lab = Slow(node("R1"), R1=ConsoleError(HOST, "no prompt", retryable=False))
    lab.stored["R1"] = "day 0"
    found = await collect(lab, deadline=0.1)
    assert lab.stored == {"R1": "day 0"}
    assert not found["R1"].was_read


async def test_a_stored_configuration_that_cannot_be_put_back_is_told() -> None:
    lab = Lab(node("R1"), R1=ConsoleError(HOST, "no prompt", retryable=True))
    lab.stored["R1"], lab.refuses_to_store = "day 0", True
    found = await collect(lab)
    assert "could not be put back" in found["R1"].note
    assert found["R1"].was_read


async def test_a_device_that_will_never_answer_is_asked_once() -> None:
    lab = Lab(node("R1"), R1=ConsoleError(HOST, "a login is needed", retryable=False))
    await collect(lab)
    assert len(lab.asked) == 1


async def test_a_node_that_is_not_running_is_said_to_be() -> None:
    found = await collect(Lab(node("R1", state=NodeState.STOPPED)))
    assert found["R1"].error == "the node is STOPPED"
    assert not found["R1"].was_read


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
    output = found["R1"].outputs[0]
    assert len(output.output) == 50
    assert output.error == "cut: the output has 80 characters, 50 are kept"
