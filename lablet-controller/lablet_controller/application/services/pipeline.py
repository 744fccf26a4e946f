"""Pipelines of named, checkpointed, idempotent steps, as data.

A step that was recorded as completed is not run again: its recorded result is used. A step that was under way when its
process died runs again and must find what its first run left in the far system. Nothing is kept in memory between two
runs, so that any instance can go on where another one stopped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from lcm_core.domain.enums import PipelineName


class StepResult(BaseModel):
    """What a step leaves for later ones and for its own second run. Tolerant of what a newer release wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class NoResult(StepResult):
    """For steps whose effect is all there is."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """The step waits for something outside; look again after *seconds*."""

    seconds: float
    waiting_for: str


StepAnswer = StepResult | NotYet


@dataclass(frozen=True, slots=True)
class StepPolicy:
    """*deadline_seconds* counts from the first start to the end, waiting and retries included; None is without end.

    *attempts* None is without end, too. Pauses between attempts double up to *longest_pause_seconds*.
    """

    deadline_seconds: float | None = 120
    attempts: int | None = 6
    longest_pause_seconds: float = 20
    retries_refusals: bool = False

    def pause_seconds(self, attempts: int) -> float:
        return min(self.longest_pause_seconds, 0.5 * 2.0 ** min(attempts - 1, 20))


WorkT = TypeVar("WorkT")
ResultT = TypeVar("ResultT", bound=StepResult)


@dataclass(frozen=True, slots=True)
class Step(Generic[WorkT]):
    """*run* does the step, idempotently, and raises when it cannot.

    One that only looks is *abandoned* where it stands when its session is to end; any other is let finish, so that
    what it makes is known. *may_skip*: an operator may have the pipeline go on without it; no later step reads its
    result.
    """

    name: str
    run: Callable[[WorkT, StepProgress], Awaitable[StepAnswer]]
    policy: StepPolicy = StepPolicy()
    only_looks: bool = False
    may_skip: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline(Generic[WorkT]):
    """*interruptible*: not gone on with once the session's termination was asked for."""

    name: PipelineName
    steps: tuple[Step[WorkT], ...]
    interruptible: bool = True

    def with_deadline(self, step: str, seconds: float) -> Self:
        """The same with another deadline for one of its steps."""
        steps = tuple(
            replace(each, policy=replace(each.policy, deadline_seconds=seconds)) if each.name == step else each
            for each in self.steps
        )
        return replace(self, steps=steps)


@dataclass(frozen=True, slots=True)
class StepProgress:
    """What a step may know of itself and of those before it."""

    elapsed_seconds: float
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def result_of(self, step: str, model: type[ResultT]) -> ResultT:
        """The result of an earlier step; raises ``KeyError`` when the pipeline has no such step before this one."""
        return model.model_validate(self.results[step])


@dataclass(frozen=True, slots=True)
class Completed:
    """Every step is done."""

    last_ended_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    step: str
    seconds: float
    waiting_for: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A step failed for good."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The session is to end; read it again."""


PipelineOutcome = Completed | Waiting | Broken | Interrupted
