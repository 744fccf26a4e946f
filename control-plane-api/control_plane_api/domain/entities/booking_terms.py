"""On which terms a booking is made, beside what its definition says."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.domain.enums import BookingPriority


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingTerms:
    """``asap``: without a start, so that a worker that is ready later will do.

    ``no_show_seconds`` after its start a session without its learner is given up, and ``grace_seconds`` after its
    start one that found no room; None where the settings decide.
    """

    asap: bool = False
    priority: BookingPriority = BookingPriority.SELF_STUDY
    no_show_seconds: int | None = None
    grace_seconds: int | None = None


AS_USUAL = BookingTerms()
