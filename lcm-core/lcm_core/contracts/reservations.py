"""Bookings as an LMS sends them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from lcm_core.contracts.base import Contract
from lcm_core.domain.read_models import LabletSessionReadModel, ReservationReadModel
from lcm_core.domain.values import Candidate


class CreateReservation(Contract):
    """Book one lab for one learner; without ``start`` it is wanted as soon as possible."""

    definition_id: str
    candidate: Candidate
    start: AwareDatetime | None = None
    duration_minutes: Annotated[int, Field(ge=1, le=480)]
    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class ReservationAnswer(Contract):
    reservation: ReservationReadModel
    session: LabletSessionReadModel


class CancelReservation(Contract):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
