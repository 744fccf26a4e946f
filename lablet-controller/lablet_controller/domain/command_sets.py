"""What each node of a lab is asked: the platform's own set, then what the content asks for, each command once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lcm_core.domain.node_cli import CliDialect
from lcm_core.domain.read_only import why_refused


@dataclass(frozen=True, slots=True)
class CommandSets:
    """What a content asks for, by node definition and by node label."""

    by_definition: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    by_device: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def asked_of(self, node_definition: str, label: str) -> tuple[str, ...]:
        wanted = (*self.by_definition.get(node_definition, ()), *self.by_device.get(label, ()))
        return tuple(dict.fromkeys(wanted))


@dataclass(frozen=True, slots=True)
class NodeCommands:
    """*allowed* in the order in which they are run; *refused* with the reasons."""

    allowed: tuple[str, ...]
    refused: Mapping[str, str]


def commands_of(dialect: CliDialect, sets: CommandSets, node_definition: str, label: str) -> NodeCommands:
    wanted = dict.fromkeys((*dialect.commands, *sets.asked_of(node_definition, label)))
    reasons = {command: why_refused(command, dialect.language) for command in wanted}
    return NodeCommands(
        tuple(command for command, why in reasons.items() if why is None),
        {command: f"not run: {why}" for command, why in reasons.items() if why is not None},
    )
