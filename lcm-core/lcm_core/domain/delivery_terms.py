"""What a definition says of how its sessions are made ready and how long each of their states may wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from lcm_core.domain.errors import InputProblem
from lcm_core.domain.values import Value

_DAY = 86_400
LONGEST_COLLECTION_SECONDS = 900
NodeLabel = Annotated[str, StringConstraints(min_length=1, max_length=128)]
StepName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
ConfigurationLine = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]


class WaitingLimits(Value):
    """How long a session may stay in each state that waits, in seconds.

    Where a definition says nothing, the system settings do; where those say nothing, the settings of the controllers.

    The end of the slot is a limit up to READY in any case.
    """

    placement_seconds: Annotated[int, Field(ge=0, le=_DAY)] | None = Field(
        default=None, description="PENDING after the start of the slot; a booking may bring its own."
    )
    host_seconds: Annotated[int, Field(ge=0, le=_DAY)] | None = Field(
        default=None, description="SCHEDULED after the start of the slot, for the worker to come up."
    )
    instantiation_seconds: Annotated[int, Field(ge=30, le=_DAY)] | None = Field(
        default=None, description="INSTANTIATING, from its begin."
    )
    no_show_seconds: Annotated[int, Field(ge=0, le=_DAY)] | None = Field(
        default=None, description="READY without the learner, after the start of the slot; a booking may bring its own."
    )
    collection_seconds: Annotated[int, Field(ge=30, le=LONGEST_COLLECTION_SECONDS)] | None = Field(
        default=None, description="COLLECTING; what was read by then is graded."
    )
    grading_seconds: Annotated[int, Field(ge=30, le=_DAY)] | None = Field(
        default=None,
        description="GRADING; then the session ends without a score, and a later one is kept all the same.",
    )
    review_seconds: Annotated[int, Field(ge=30, le=_DAY)] | None = Field(
        default=None, description="GRADING when a person has to look at it."
    )
    teardown_seconds: Annotated[int, Field(ge=30, le=_DAY)] | None = Field(
        default=None,
        description="STOPPING, STOPPED or ARCHIVED before people are told; it goes on, since nothing is given back "
        "before its proof.",
    )

    def or_else(self, usual: Self) -> Self:
        """These limits, with those of *usual* where they say nothing."""
        return usual.model_copy(update=self.model_dump(exclude_none=True))


class ExtraStepKind(StrEnum):
    WAIT_FOR_PROMPT = "wait_for_prompt"
    PUSH_CONFIGURATION = "push_configuration"


class WaitForPrompt(Value):
    """The command lines of ``node_labels`` answer before the learner is let in; of all that have one if empty."""

    kind: Literal[ExtraStepKind.WAIT_FOR_PROMPT] = ExtraStepKind.WAIT_FOR_PROMPT
    name: StepName = "prompt"
    node_labels: tuple[NodeLabel, ...] = Field(default=(), max_length=200)
    deadline_seconds: Annotated[int, Field(ge=5, le=3600)] = 600

    @property
    def nodes(self) -> tuple[str, ...]:
        return self.node_labels


class PushConfiguration(Value):
    """Lines typed in configuration mode on one node's console; kept on record, so no place for secrets.

    Pushed again after a crash, so each line must be one that may be given twice.
    """

    kind: Literal[ExtraStepKind.PUSH_CONFIGURATION] = ExtraStepKind.PUSH_CONFIGURATION
    name: StepName = "configuration"
    node_label: NodeLabel
    lines: Annotated[tuple[ConfigurationLine, ...], Field(min_length=1, max_length=500)]
    deadline_seconds: Annotated[int, Field(ge=5, le=3600)] = 300

    @property
    def nodes(self) -> tuple[str, ...]:
        return (self.node_label,)


ExtraStep = Annotated[WaitForPrompt | PushConfiguration, Field(discriminator="kind")]
ExtraSteps = Annotated[tuple[ExtraStep, ...], Field(max_length=20)]


def step_name(extra: ExtraStep) -> str:
    """The name under which it is recorded; no step of the pipeline itself has a colon in its own."""
    return f"{extra.kind.value}:{extra.name}"


def problems_of(extras: ExtraSteps, node_labels: Iterable[str]) -> Iterator[InputProblem]:
    """What is wrong with the extra steps of a topology that has *node_labels*."""
    labels, seen = frozenset(node_labels), set[str]()
    for number, extra in enumerate(extras):
        if step_name(extra) in seen:
            yield InputProblem(f"/extra_steps/{number}/name", f"another step is called {extra.name!r}")
        seen.add(step_name(extra))
        for label in extra.nodes:
            if label not in labels:
                yield InputProblem(f"/extra_steps/{number}", f"the topology has no node {label!r}")
