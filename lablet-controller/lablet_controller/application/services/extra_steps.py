"""Steps that a definition asks for beside those of every session. To add a kind: its terms in
``lcm_core.domain.delivery_terms``, a function and a case here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence

from lablet_controller.application.ports.cml_labs import CmlHost, CmlLabs, LabNode
from lablet_controller.application.ports.consoles import ConsoleError, Consoles
from lablet_controller.application.services.pipeline import (
    NotYet,
    Step,
    StepAnswer,
    StepPolicy,
    StepProgress,
    StepResult,
)
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.domain.delivery_terms import ExtraStep, PushConfiguration, WaitForPrompt, step_name
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.node_cli import dialect_of

_AGAIN_SECONDS = 2.0
_PROMPT_IN_LOG = re.compile(r"(?:(?:login|username|password): ?|[>#$%] ?)$", re.IGNORECASE)


class PromptsSeen(StepResult):
    nodes: tuple[str, ...]


class ConfigurationPushed(StepResult):
    node: str
    lines: int


class ExtraStepRefused(FarEndError):
    """The device, or its kind, does not do what the definition asks for; it would not the next time either."""

    def __init__(self, message: str) -> None:
        super().__init__("cml-console", message, retryable=False, code="extra-step-refused")


class ExtraStepRunner:
    def __init__(self, labs: CmlLabs, consoles: Consoles, attempts: int) -> None:
        self._labs = labs
        self._consoles = consoles
        self._attempts = attempts

    def steps(self, extras: Iterable[ExtraStep], lab_id_of: Callable[[StepProgress], str]) -> list[Step[SessionWork]]:
        """*lab_id_of* finds the lab among the results of earlier steps."""
        return [self._step(extra, lab_id_of) for extra in extras]

    def _step(self, extra: ExtraStep, lab_id_of: Callable[[StepProgress], str]) -> Step[SessionWork]:
        async def run(work: SessionWork, progress: StepProgress) -> StepAnswer:
            host, lab_id = work.require_host(), lab_id_of(progress)
            nodes = {node.label: node for node in await self._labs.nodes(host, lab_id)}
            match extra:
                case WaitForPrompt():
                    return await self._wait_for_prompt(extra, host, lab_id, nodes)
                case PushConfiguration():
                    return await self._push_configuration(extra, host, _node(nodes, extra.node_label))

        policy = StepPolicy(float(extra.deadline_seconds), self._attempts)
        return Step(step_name(extra), run, policy, only_looks=isinstance(extra, WaitForPrompt), may_skip=True)

    async def _wait_for_prompt(
        self, extra: WaitForPrompt, host: CmlHost, lab_id: str, nodes: dict[str, LabNode]
    ) -> StepAnswer:
        wanted = [_node(nodes, label) for label in extra.node_labels] or [
            node for node in nodes.values() if dialect_of(node.node_definition) is not None
        ]
        try:
            async with asyncio.TaskGroup() as looks:
                seen = [(node.label, looks.create_task(self._has_prompt(host, lab_id, node))) for node in wanted]
        except* FarEndError as errors:
            raise errors.exceptions[0] from None
        silent = [label for label, look in seen if not look.result()]
        if silent:
            return NotYet(_AGAIN_SECONDS, f"a prompt on the console of {', '.join(silent)}")
        return PromptsSeen(nodes=tuple(node.label for node in wanted))

    async def _has_prompt(self, host: CmlHost, lab_id: str, node: LabNode) -> bool:
        """A device whose command line is known is asked; of any other the console log must end in a prompt."""
        dialect = dialect_of(node.node_definition)
        if dialect is None:
            return await self._log_ends_in_prompt(host, lab_id, node)
        try:
            async with self._consoles.connect(host) as console:
                await console.run(_console_key(node), dialect, (), node_definition=node.node_definition)
        except ConsoleError as error:
            if error.retryable:
                return False
            # Where nobody has told how to log in, a device that asks who is there has come up as well.
            if await self._log_ends_in_prompt(host, lab_id, node):
                return True
            raise
        return True

    async def _log_ends_in_prompt(self, host: CmlHost, lab_id: str, node: LabNode) -> bool:
        log = await self._labs.console_log(host, lab_id, node.node_id)
        return _PROMPT_IN_LOG.search(log.rstrip()) is not None

    async def _push_configuration(self, extra: PushConfiguration, host: CmlHost, node: LabNode) -> StepAnswer:
        dialect = dialect_of(node.node_definition)
        if dialect is None or not dialect.configure:
            raise ExtraStepRefused(
                f"no configuration can be typed on {node.label!r}, a node of {node.node_definition!r}"
            )
        async with self._consoles.connect(host) as console:
            results = await console.configure(
                _console_key(node), dialect, extra.lines, node_definition=node.node_definition
            )
        refused: Sequence[str] = [f"{each.command!r}: {each.error}" for each in results if each.error is not None]
        if refused:
            raise ExtraStepRefused(f"{node.label!r} did not take {'; '.join(refused)[:1500]}")
        return ConfigurationPushed(node=node.label, lines=len(extra.lines))


def _node(nodes: dict[str, LabNode], label: str) -> LabNode:
    if label not in nodes:
        raise ExtraStepRefused(f"the lab has no node {label!r}; it has {', '.join(sorted(nodes))}"[:1500])
    return nodes[label]


def _console_key(node: LabNode) -> str:
    lines = sorted(node.consoles, key=lambda each: each.line)
    if not lines:
        raise ExtraStepRefused(f"node {node.label!r} has no serial console")
    return lines[0].key
