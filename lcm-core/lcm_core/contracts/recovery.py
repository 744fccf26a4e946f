"""What operators ask for when things do not go by themselves: of a session, of many, of a worker, of the services."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from lcm_core.contracts.base import Contract
from lcm_core.domain.enums import LabletSessionStatus, PipelineName

MOST_AT_ONCE = 200
"""Sessions that one bulk request may touch."""

Because = Annotated[str, Field(min_length=3, max_length=2000, description="Why; kept with the event and its commit.")]
StepName = Annotated[str, Field(min_length=1, max_length=64)]


class RePlaceSession(Contract):
    """Give a session that has not begun another worker.

    With ``worker_id`` only if it is still on that one: sent twice, it is moved once.
    """

    reason: Because
    worker_id: str | None = Field(default=None, description="The worker that it is to leave.")


class AssignSession(Contract):
    """Put a session that has not begun on the worker that is named.

    ``override`` sets aside what is a matter of judgement (``ami``, and a worker that is up only after the start), never
    status, licence, capacity or ports.
    """

    worker_id: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Because
    override: bool = False


class RetryStep(Contract):
    """Try a step again now, as if it had never been tried. Without ``step`` the one that the session is at."""

    step: StepName | None = None
    pipeline: PipelineName | None = None
    reason: Because


class SkipStep(Contract):
    """Go on without a step. Only steps that say so of themselves (``may_skip``)."""

    step: StepName
    pipeline: PipelineName | None = None
    reason: Because


class DetachSession(Contract):
    """Take a session off a worker whose host is dead, by what is known or, with ``declare_dead``, by your word."""

    reason: Because
    worker_id: str | None = Field(default=None, description="The worker that it is to leave.")
    declare_dead: bool = False


class SkipGrading(Contract):
    """The session ends without a (further) score."""

    reason: Because


class SessionFilter(Contract):
    """Every field that is given must hold; one at least."""

    status: LabletSessionStatus | None = None
    worker_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    definition_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    owner_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    username: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set or all(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("give one condition at least; every session there is cannot be meant")
        return self


class BulkRequest(Contract):
    """Sessions by ``ids`` or by ``filter``, at most ``limit`` of those that the filter finds, the newest first.

    Of sessions that are TERMINATED a filter finds none, unless it asks for that status.
    """

    ids: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=MOST_AT_ONCE)] = ()
    filter: SessionFilter | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 50
    cursor: str = Field(default="", max_length=500, description="``next`` of the answer before, with the same filter.")
    reason: Because
    dry_run: bool = Field(default=False, description="Only tell what would be touched.")

    @model_validator(mode="after")
    def _names_them_one_way(self) -> Self:
        if bool(self.ids) == (self.filter is not None):
            raise ValueError("give either ids or a filter")
        return self


class BulkOutcome(StrEnum):
    DONE = "done"
    UNCHANGED = "unchanged"
    """It was so already."""
    REFUSED = "refused"
    WOULD_DO = "would_do"
    """Of a dry run: it would be asked for; what the session then allows is seen when it is."""


class BulkProblem(Contract):
    """As a problem document would tell it."""

    code: str
    detail: str
    facts: dict[str, Any] = Field(default_factory=dict[str, Any])


class BulkResult(Contract):
    session_id: str
    outcome: BulkOutcome
    status: LabletSessionStatus | None = Field(default=None, description="Where it stood before.")
    problem: BulkProblem | None = None


class BulkAnswer(Contract):
    """``more`` says that the filter finds further sessions, which were not touched: send it again with ``next``."""

    dry_run: bool
    results: tuple[BulkResult, ...]
    done: int = 0
    unchanged: int = 0
    refused: int = 0
    more: bool = False
    next: str | None = Field(default=None, description="Where the filter goes on, as ``cursor``.")


class ResyncLabs(Contract):
    """Look at the labs on a host again now."""

    reason: Because


class SteerReconciler(Contract):
    """Pause, resume or resign."""

    reason: Because


class TriggerReconciler(Contract):
    """Handle ``key`` now, or every key; in ``loop``, or in every loop."""

    reason: Because
    key: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    loop: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class RebuildEtcd(Contract):
    """Write every key of workers, sessions, definitions, pools and reconcilers anew; delete what does not belong."""

    reason: Because


class RebuildProjections(Contract):
    """Make the current-state documents again from the log: all, or those of ``collections``.

    ``fresh`` begins anew instead of where an interrupted run stopped.
    """

    reason: Because
    collections: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=50)] = ()
    fresh: bool = False
