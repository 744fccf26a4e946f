"""Reads the evidence from the devices of a lab."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, LabNode, NodeState
from lablet_controller.application.ports.consoles import CommandResult, ConsoleError, Consoles, ConsoleSession
from lablet_controller.application.services.configuration_extraction import ConfigurationExtraction
from lablet_controller.domain.command_sets import CommandSets, NodeCommands, commands_of
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import CommandOutput, DeviceCollection
from lcm_core.domain.enums import EvidenceSource
from lcm_core.domain.node_cli import CliDialect, dialect_of

log = structlog.stdlib.get_logger(__name__)

CONSOLE_LOG = "console log"
"""Pseudo command: what the console printed up to then, kept of every node with a console."""

_LONGEST_ERROR = 2000


@dataclass(frozen=True, slots=True)
class CollectionPolicy:
    """*rounds*: how often devices that gave nothing are tried. Output beyond *most_characters* is cut, and says so.

    *calls_per_lab* bounds the requests to CML's API that one collection has under way.
    """

    rounds: int = 3
    pause_seconds: float = 2.0
    most_characters: int = 200_000
    calls_per_lab: int = 8


@dataclass(slots=True)
class _Lab:
    """One collection under way: what was found by node id."""

    host: CmlHost
    lab_id: str
    ends: float
    commands: dict[str, NodeCommands]
    calls: asyncio.Semaphore
    logs: dict[str, CommandOutput] = field(default_factory=dict[str, CommandOutput])
    answers: dict[str, tuple[CommandOutput, ...]] = field(default_factory=dict[str, tuple[CommandOutput, ...]])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    notes: dict[str, str] = field(default_factory=dict[str, str])
    hopeless: set[str] = field(default_factory=set[str])


class CollectionService:
    """Devices are read side by side; one that fails takes nothing from the others."""

    def __init__(self, labs: CmlLabs, consoles: Consoles, clock: Clock, policy: CollectionPolicy | None = None) -> None:
        self._labs = labs
        self._consoles = consoles
        self._extraction = ConfigurationExtraction(labs)
        self._clock = clock
        self._policy = policy or CollectionPolicy()

    async def collect_configs(
        self, host: CmlHost, lab_id: str, commands: CommandSets, deadline_seconds: float
    ) -> tuple[DeviceCollection, ...]:
        """One entry per node with a console, in the lab's order, with whatever could be read by the deadline.

        *commands* are run besides those of the platform. Raises ``CmlError`` when not even the nodes can be listed.
        """
        nodes = [
            node for node in await self._labs.nodes(host, lab_id) if node.consoles or dialect_of(node.node_definition)
        ]
        lab = _Lab(
            host,
            lab_id,
            asyncio.get_running_loop().time() + deadline_seconds,
            {node.node_id: _commands_of(node, commands) for node in nodes},
            asyncio.Semaphore(self._policy.calls_per_lab),
        )
        late = ""
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._collect(lab, nodes)
        except TimeoutError:
            late = f"not collected within {deadline_seconds:g} s"
            log.warning("collection_cut_short", lab_id=lab_id, read=len(lab.answers), nodes=len(nodes))
        return tuple(self._device(lab, node, late) for node in nodes)

    async def require_lab(self, host: CmlHost, lab_id: str) -> None:
        """Raises ``CmlError`` when CML does not answer, or knows no such lab."""
        await self._labs.lab_state(host, lab_id)

    async def _collect(self, lab: _Lab, nodes: Sequence[LabNode]) -> None:
        """The logs first: what we type is not to be found in them."""
        async with asyncio.TaskGroup() as group:
            for node in nodes:
                if node.consoles:
                    group.create_task(self._keep_log(lab, node))
        spoken_to: list[tuple[LabNode, CliDialect]] = []
        for node in nodes:
            dialect = dialect_of(node.node_definition)
            if node.state not in (NodeState.BOOTED, NodeState.STARTED):
                lab.errors[node.node_id] = f"the node is {node.state or 'in an unknown state'}"
            elif dialect is not None and node.consoles:
                spoken_to.append((node, dialect))
            elif dialect is not None:
                lab.errors[node.node_id] = "the node has no console"
        await self._speak_to_all(lab, spoken_to)
        async with asyncio.TaskGroup() as group:
            for node, dialect in spoken_to:
                if node.node_id not in lab.answers and dialect.extracts and node.state == NodeState.BOOTED:
                    group.create_task(self._extract(lab, node, dialect))

    async def _keep_log(self, lab: _Lab, node: LabNode) -> None:
        try:
            async with lab.calls:
                text, error = await self._labs.console_log(lab.host, lab.lab_id, node.node_id), None
        except CmlError as failed:
            text, error = "", failed.message
        result = CommandResult(CONSOLE_LOG, text, error)
        lab.logs[node.node_id] = self._output(result, EvidenceSource.CONSOLE_LOG, keep_the_end=True)

    async def _speak_to_all(self, lab: _Lab, nodes: Sequence[tuple[LabNode, CliDialect]]) -> None:
        for number in range(self._policy.rounds):
            missing = [
                (node, dialect)
                for node, dialect in nodes
                if node.node_id not in lab.answers and node.node_id not in lab.hopeless
            ]
            if not missing:
                return
            if number:
                await self._clock.sleep(self._policy.pause_seconds)
            await self._speak_to(lab, missing)

    async def _speak_to(self, lab: _Lab, nodes: Sequence[tuple[LabNode, CliDialect]]) -> None:
        try:
            async with self._consoles.connect(lab.host) as session, asyncio.TaskGroup() as group:
                for node, dialect in nodes:
                    group.create_task(self._run_commands(lab, session, node, dialect))
        except ConsoleError as error:
            for node, _ in nodes:
                lab.errors.setdefault(node.node_id, error.message)
                if not error.retryable:
                    lab.hopeless.add(node.node_id)

    async def _run_commands(self, lab: _Lab, session: ConsoleSession, node: LabNode, dialect: CliDialect) -> None:
        key = min(node.consoles, key=lambda console: console.line).key
        wanted = lab.commands[node.node_id].allowed
        try:
            results = await session.run(
                key, dialect, wanted, node_definition=node.node_definition, until=lab.ends - _MARGIN_SECONDS
            )
        except ConsoleError as error:
            lab.errors[node.node_id] = error.message
            if not error.retryable:
                lab.hopeless.add(node.node_id)
            return
        outputs = tuple(self._output(result, EvidenceSource.CONSOLE) for result in results)
        if not any(output.was_answered for output in outputs):
            lab.errors[node.node_id] = outputs[0].error or "" if outputs else "nothing may be asked of it"
            return
        lab.answers[node.node_id] = outputs
        lab.errors.pop(node.node_id, None)

    async def _extract(self, lab: _Lab, node: LabNode, dialect: CliDialect) -> None:
        """The configuration at least; the other commands are said to be missing, with the console's reason."""
        why = lab.errors.get(node.node_id, "")
        try:
            async with lab.calls:
                extracted = await self._extraction.extract(lab.host, lab.lab_id, node)
        except CmlError as error:
            lab.errors[node.node_id] = f"{why}; nor could CML read it: {error.message}"
            return
        configuration = CommandResult(dialect.show_configuration, extracted.configuration)
        missed = [each for each in lab.commands[node.node_id].allowed if each != dialect.show_configuration]
        lab.answers[node.node_id] = (
            self._output(configuration, EvidenceSource.EXTRACTED),
            *(self._output(CommandResult(command, error=why), EvidenceSource.CONSOLE) for command in missed),
        )
        lab.errors.pop(node.node_id, None)
        lab.notes[node.node_id] = f"{extracted.note} (console: {why})"[:_LONGEST_ERROR]

    def _device(self, lab: _Lab, node: LabNode, late: str) -> DeviceCollection:
        kept = lab.logs.get(node.node_id)
        refused = lab.commands[node.node_id].refused
        answers = lab.answers.get(node.node_id, ())
        error = lab.errors.get(node.node_id) or ("" if self._is_complete(lab, node) else late)
        return DeviceCollection(
            node_label=node.label,
            node_definition=node.node_definition,
            outputs=(
                *answers,
                *(
                    self._output(CommandResult(each, error=why), EvidenceSource.CONSOLE)
                    for each, why in refused.items()
                ),
                *((kept,) if kept is not None else ()),
            ),
            error=error[:_LONGEST_ERROR] or None,
            note=lab.notes.get(node.node_id, ""),
        )

    def _is_complete(self, lab: _Lab, node: LabNode) -> bool:
        """Of a node without a command line that we speak the console log is all there is to be had."""
        speaks = dialect_of(node.node_definition) is not None and bool(node.consoles)
        return node.node_id in (lab.answers if speaks else lab.logs)

    def _output(self, result: CommandResult, source: EvidenceSource, *, keep_the_end: bool = False) -> CommandOutput:
        text, error, most = result.output, result.error, self._policy.most_characters
        if len(text) > most:
            error = error or f"cut: the output has {len(text)} characters, {most} are kept"
            text = text[-most:] if keep_the_end else text[:most]
        return CommandOutput(
            command=result.command,
            output=text,
            error=error[:_LONGEST_ERROR] if error else None,
            collected_at=self._clock.now(),
            source=source,
        )


_MARGIN_SECONDS = 0.5
"""What is left of a collection's time to hand over what a device had answered by then."""


def _commands_of(node: LabNode, sets: CommandSets) -> NodeCommands:
    dialect = dialect_of(node.node_definition)
    if dialect is not None:
        return commands_of(dialect, sets, node.node_definition, node.label)
    why = f"no command line is known for {node.node_definition} nodes"
    return NodeCommands((), dict.fromkeys(sets.asked_of(node.node_definition, node.label), why))
