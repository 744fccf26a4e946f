"""Bookings as an LMS sends them, and the binding answers that it gets."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, NaiveDatetime, model_validator

from lcm_core.contracts.base import Contract
from lcm_core.contracts.subscriptions import WebhookUrl
from lcm_core.domain.enums import BookingPriority
from lcm_core.domain.read_models import LabletSessionReadModel, ReservationReadModel
from lcm_core.domain.values import Candidate

LONGEST_SESSION_MINUTES = 480
MOST_SEATS = 200
_DAY = 86_400

ExternalId = Annotated[str, Field(min_length=1, max_length=200)]
DurationMinutes = Annotated[int, Field(ge=1, le=LONGEST_SESSION_MINUTES)]
ReasonText = Annotated[str, Field(min_length=1, max_length=2000)]
TimeZone = Annotated[str, Field(min_length=1, max_length=64, description="IANA name, for example Europe/Brussels.")]


class DeadlinePolicy(Contract):
    """When to give a session up; what is left out is decided by the settings.

    ``no_show_seconds`` after its start without its learner, ``grace_seconds`` after its start without room.
    """

    no_show_seconds: Annotated[int, Field(ge=0, le=_DAY)] | None = None
    grace_seconds: Annotated[int, Field(ge=0, le=_DAY)] | None = None


class WantedTime(Contract):
    """When a lab is wanted: at an instant, at a local time of a time zone, or without either as soon as possible."""

    start: Annotated[AwareDatetime, Field(description="An instant, with its offset.")] | None = None
    local_start: (
        Annotated[NaiveDatetime, Field(description="Time on the clock in `time_zone`, without an offset.")] | None
    ) = None
    time_zone: TimeZone | None = None

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if self.start is not None and self.local_start is not None:
            raise ValueError("give start or local_start, not both")
        if self.local_start is not None and self.time_zone is None:
            raise ValueError("local_start needs a time_zone")
        return self


class BookingTermsInput(WantedTime):
    """What all seats of a booking have in common."""

    definition_id: str
    duration_minutes: DurationMinutes
    priority: BookingPriority = BookingPriority.SELF_STUDY
    policy: DeadlinePolicy = DeadlinePolicy()
    sink: Annotated[WebhookUrl | None, Field(description="Where the events of this booking are sent besides.")] = None


class CreateReservation(BookingTermsInput):
    """Book one lab for one learner; ``external_id`` is the reference that the LMS knows it by."""

    candidate: Candidate
    external_id: ExternalId | None = None


class BatchMode(StrEnum):
    ALL_OR_NOTHING = "all_or_nothing"
    BEST_EFFORT = "best_effort"


class Seat(Contract):
    candidate: Candidate
    external_id: ExternalId | None = None


class CreateReservationBatch(BookingTermsInput):
    """Book the same lab at the same time for a class."""

    seats: Annotated[tuple[Seat, ...], Field(min_length=1, max_length=MOST_SEATS)]
    mode: BatchMode = BatchMode.ALL_OR_NOTHING

    @model_validator(mode="after")
    def _references_differ(self) -> Self:
        given = [seat.external_id for seat in self.seats if seat.external_id is not None]
        if len(set(given)) != len(given):
            raise ValueError("two seats have the same external_id")
        return self

    def booking_of(self, seat: Seat) -> CreateReservation:
        """What *seat* alone would have asked for."""
        common = {name: getattr(self, name) for name in BookingTermsInput.model_fields}
        return CreateReservation(candidate=seat.candidate, external_id=seat.external_id, **common)


class GuaranteeKind(StrEnum):
    """``placed``: the worker that holds the room serves already; ``planned``: it will be up in time."""

    PLACED = "placed"
    PLANNED = "planned"


class Guarantee(Contract):
    """Who holds the room of a booking, and when the lab can be entered at the latest."""

    kind: GuaranteeKind
    worker_id: str
    worker_status: str
    ready_by: AwareDatetime


class ReservationAnswer(Contract):
    """``guarantee`` is None when nobody holds room for it: it has ended, or its promise was lost."""

    reservation: ReservationReadModel
    session: LabletSessionReadModel
    guarantee: Guarantee | None = None


class AlternativeSlot(Contract):
    """A time at which the same booking would be accepted as things are."""

    start: datetime
    end: datetime


class SeatRefusal(Contract):
    """Why a seat got no room; ``reason_counts`` add up to the workers and templates that were considered."""

    candidate: Candidate
    external_id: str | None = None
    code: str
    message: str
    reason_counts: dict[str, int] = Field(default_factory=dict[str, int])


class ReservationBatchAnswer(Contract):
    batch_id: str
    accepted: tuple[ReservationAnswer, ...]
    refused: tuple[SeatRefusal, ...] = ()
    alternatives: tuple[AlternativeSlot, ...] = ()


class CancelReservation(Contract):
    reason: ReasonText


class RescheduleReservation(WantedTime):
    """Another time for a lab that has not begun; the length stays unless one is given."""

    duration_minutes: DurationMinutes | None = None
    reason: ReasonText = "rescheduled"

    @model_validator(mode="after")
    def _a_time_is_named(self) -> Self:
        if self.start is None and self.local_start is None:
            raise ValueError("give start, or local_start with time_zone")
        return self


class ExtendReservation(Contract):
    """More time at the end, also while the lab runs."""

    minutes: Annotated[int, Field(ge=1, le=LONGEST_SESSION_MINUTES)]
    reason: ReasonText = "extended"
