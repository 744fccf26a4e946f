"""Reads the evidence from the devices of a lab."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, LabNode, NodeState
from lablet_controller.application.ports.consoles import CommandResult, ConsoleError, Consoles, ConsoleSession
from lablet_controller.domain.node_cli import CliDialect, dialect_of
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import CommandOutput, DeviceCollection

log = structlog.stdlib.get_logger(__name__)

CONSOLE_LOG = "console log"
"""Pseudo command: what the console printed, for nodes without a command line that we speak."""


@dataclass(frozen=True, slots=True)
class CollectionPolicy:
    """*rounds*: how often devices that gave nothing are tried. Output beyond *most_characters* is cut, and says so."""

    rounds: int = 3
    pause_seconds: float = 2.0
    most_characters: int = 200_000


class CollectionService:
    """Devices are read side by side; one that fails takes nothing from the others."""

    def __init__(self, labs: CmlLabs, consoles: Consoles, clock: Clock, policy: CollectionPolicy | None = None) -> None:
        self._labs = labs
        self._consoles = consoles
        self._clock = clock
        self._policy = policy or CollectionPolicy()

    async def collect_configs(
        self, host: CmlHost, lab_id: str, commands: Mapping[str, Sequence[str]], deadline_seconds: float
    ) -> tuple[DeviceCollection, ...]:
        """One entry per node with a console, in the lab's order, with whatever could be read by the deadline.

        *commands* by node label are run besides showing the configuration. Raises ``CmlError`` when not even the nodes
        can be listed.
        """
        nodes = [
            node for node in await self._labs.nodes(host, lab_id) if node.consoles or dialect_of(node.node_definition)
        ]
        found: dict[str, DeviceCollection] = {}
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._collect(host, lab_id, nodes, commands, found)
        except TimeoutError:
            log.warning("collection_cut_short", lab_id=lab_id, collected=len(found), nodes=len(nodes))
        late = f"not collected within {deadline_seconds:g} s"
        return tuple(found.get(node.node_id) or _without(node, late) for node in nodes)

    async def require_lab(self, host: CmlHost, lab_id: str) -> None:
        """Raises ``CmlError`` when CML does not answer, or knows no such lab."""
        await self._labs.lab_state(host, lab_id)

    async def _collect(
        self,
        host: CmlHost,
        lab_id: str,
        nodes: Sequence[LabNode],
        commands: Mapping[str, Sequence[str]],
        found: dict[str, DeviceCollection],
    ) -> None:
        spoken_to: list[tuple[LabNode, CliDialect]] = []
        async with asyncio.TaskGroup() as group:
            for node in nodes:
                dialect = dialect_of(node.node_definition)
                if node.state not in (NodeState.BOOTED, NodeState.STARTED):
                    found[node.node_id] = _without(node, f"the node is {node.state or 'in an unknown state'}")
                elif dialect is not None and node.consoles:
                    spoken_to.append((node, dialect))
                else:
                    group.create_task(self._read_log(host, lab_id, node, commands, found))
        for number in range(self._policy.rounds):
            missing = [(node, dialect) for node, dialect in spoken_to if not _has_output(found.get(node.node_id))]
            if not missing:
                return
            if number:
                await self._clock.sleep(self._policy.pause_seconds)
            await self._speak_to(host, missing, commands, found)

    async def _speak_to(
        self,
        host: CmlHost,
        nodes: Sequence[tuple[LabNode, CliDialect]],
        commands: Mapping[str, Sequence[str]],
        found: dict[str, DeviceCollection],
    ) -> None:
        try:
            async with self._consoles.connect(host) as session, asyncio.TaskGroup() as group:
                for node, dialect in nodes:
                    group.create_task(self._run_commands(session, node, dialect, commands, found))
        except ConsoleError as error:
            for node, _ in nodes:
                found.setdefault(node.node_id, _without(node, error.message))

    async def _run_commands(
        self,
        session: ConsoleSession,
        node: LabNode,
        dialect: CliDialect,
        commands: Mapping[str, Sequence[str]],
        found: dict[str, DeviceCollection],
    ) -> None:
        wanted = tuple(dict.fromkeys((dialect.show_configuration, *commands.get(node.label, ()))))
        key = min(node.consoles, key=lambda console: console.line).key
        try:
            results = await session.run(key, dialect, wanted)
        except ConsoleError as error:
            found[node.node_id] = _without(node, error.message)
            return
        outputs = tuple(self._output(result) for result in results)
        nothing = all(output.error is not None for output in outputs)
        found[node.node_id] = DeviceCollection(
            node_label=node.label,
            node_definition=node.node_definition,
            outputs=outputs,
            error=outputs[0].error if nothing and outputs else None,
        )

    async def _read_log(
        self,
        host: CmlHost,
        lab_id: str,
        node: LabNode,
        commands: Mapping[str, Sequence[str]],
        found: dict[str, DeviceCollection],
    ) -> None:
        """A node without a command line that we speak: its console log is the evidence; rules' commands are refused."""
        refused = tuple(
            self._output(CommandResult(command, error=f"no command line is known for {node.node_definition} nodes"))
            for command in commands.get(node.label, ())
        )
        try:
            text = await self._labs.console_log(host, lab_id, node.node_id)
        except CmlError as error:
            found[node.node_id] = _without(node, error.message, refused)
            return
        outputs = (self._output(CommandResult(CONSOLE_LOG, text)), *refused)
        found[node.node_id] = DeviceCollection(
            node_label=node.label, node_definition=node.node_definition, outputs=outputs
        )

    def _output(self, result: CommandResult) -> CommandOutput:
        text, error, most = result.output, result.error, self._policy.most_characters
        if len(text) > most:
            error = error or f"cut: the output has {len(text)} characters, {most} are kept"
            text = text[:most]
        return CommandOutput(
            command=result.command, output=text, error=error[:2000] if error else None, collected_at=self._clock.now()
        )


def _has_output(device: DeviceCollection | None) -> bool:
    return device is not None and device.error is None


def _without(node: LabNode, error: str, outputs: tuple[CommandOutput, ...] = ()) -> DeviceCollection:
    return DeviceCollection(
        node_label=node.label, node_definition=node.node_definition, outputs=outputs, error=error[:2000]
    )
