"""A booking: who asked for what, and which session serves it."""

from __future__ import annotations

from lcm_core.domain.enums import ReservationStatus
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.domain.values import Candidate, Timeslot


class ReservationReadModel(AggregateReadModel):
    status: ReservationStatus
    external_id: str | None = None
    owner_id: str
    definition_id: str
    candidate: Candidate
    timeslot: Timeslot
    session_ids: tuple[str, ...]
    time_zone: str | None = None
    batch_id: str | None = None
    sink_id: str | None = None
    cancel_reason: str = ""
