"""Where a booking would land if it were made now."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from lcm_core.contracts.base import Contract
from lcm_core.contracts.reservations import MOST_SEATS, AlternativeSlot, BookingTermsInput
from lcm_core.domain.read_models import CandidateVerdict, ScoringWeights
from lcm_core.domain.values import Timeslot


class DryRun(BookingTermsInput):
    """The terms of a booking, for one learner or for a class; nothing is held."""

    seats: Annotated[int, Field(ge=1, le=MOST_SEATS)] = 1
    moved_session_id: Annotated[
        str | None, Field(description="A session that would be moved to this time: the room it holds counts as free.")
    ] = None


class DryRunSeat(Contract):
    """Where one seat would go: to a worker, to a new one of a template, or nowhere, with the reasons counted.

    ``moves`` says of each promise to somebody else that would be given by another worker first, what for.
    """

    worker_id: str | None = None
    worker_name: str | None = None
    template_name: str | None = None
    moves: tuple[str, ...] = ()
    reason_counts: dict[str, int] = Field(default_factory=dict[str, int])
    details: dict[str, str] = Field(default_factory=dict[str, str])

    @property
    def placed(self) -> bool:
        return self.worker_id is not None or self.template_name is not None


class DryRunOpening(Contract):
    """A worker that would be planned; launched now it would serve from ``ready_at``."""

    template_name: str
    region: str
    ready_at: AwareDatetime


class DryRunAnswer(Contract):
    """``candidates`` are the verdicts on every worker for the first seat; ``alternatives`` are of the first refused."""

    as_of: AwareDatetime
    slot: Timeslot
    occupation: Timeslot
    lead_seconds: int
    teardown_seconds: int
    summary: str
    seats: tuple[DryRunSeat, ...]
    openings: tuple[DryRunOpening, ...]
    alternatives: tuple[AlternativeSlot, ...]
    candidates: tuple[CandidateVerdict, ...]
    weights: ScoringWeights
