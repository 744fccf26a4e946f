"""The grading engine: takes collected evidence, gives a score.

Errors are those of lcm-core's tree: NotFound, Conflict, InvalidInput, FarEndError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from lcm_core.contracts.sessions import DeviceCollection
from lcm_core.domain.read_models import ScoreSection


class GradingState(StrEnum):
    PENDING = "PENDING"
    GRADING = "GRADING"
    REVIEWING = "REVIEWING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class GradingRef:
    """A part of a grading session at the engine."""

    session_id: str
    part_id: str


@dataclass(frozen=True, slots=True)
class GradingScore:
    score: float
    max_score: float
    cut_score: float
    passed: bool
    sections: tuple[ScoreSection, ...]


@dataclass(frozen=True, slots=True)
class GradingResult:
    """*score* is there once COMPLETED, *error* once FAILED."""

    state: GradingState
    score: GradingScore | None = None
    error: str = ""
    graded_at: datetime | None = None
    report_url: str = ""


class Grading(Protocol):
    """Every call has a deadline; all of them may be repeated."""

    async def synchronize_ruleset(self, name: str, ruleset: Mapping[str, Any]) -> None:
        """Put the rules of one form; InvalidInput when the engine finds fault with them."""
        ...

    async def open_session(
        self, external_id: str, form_qualified_name: str, ruleset_name: str, attempt: int = 1
    ) -> GradingRef:
        """The grading session of *external_id* with the part of that number: those found, else new ones."""
        ...

    async def submit_pod(self, ref: GradingRef, devices: Sequence[DeviceCollection]) -> None:
        """Hand in the evidence; what could not be collected goes with its reason."""
        ...

    async def grade(self, ref: GradingRef) -> None: ...

    async def result(self, ref: GradingRef) -> GradingResult: ...
