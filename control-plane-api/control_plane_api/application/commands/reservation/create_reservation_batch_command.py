"""Book a class: the same lab at the same time for every seat, all of them or as many as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.booking import Booker, Booking
from control_plane_api.application.services.booking_answers import Answer
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.reservations import (
    AlternativeSlot,
    BatchMode,
    CreateReservationBatch,
    ReservationAnswer,
    ReservationBatchAnswer,
    Seat,
    SeatRefusal,
)
from lcm_core.domain.errors import CapacityRefused, LcmError

RESERVATION_BATCHES = "reservation_batches"
_SLOTS = TypeAdapter(tuple[AlternativeSlot, ...])


@dataclass(frozen=True, slots=True)
class CreateReservationBatchCommand(Command[ReservationBatchAnswer]):
    owner_id: str
    request: CreateReservationBatch


class CreateReservationBatchCommandHandler:
    """*new_id* makes the id of the batch."""

    def __init__(self, booker: Booker, new_id: Callable[[], str]) -> None:
        self._booker = booker
        self._new_id = new_id

    async def handle(
        self, command: CreateReservationBatchCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> ReservationBatchAnswer:
        """What was refused is kept with the batch, so that a repetition is told the same.

        Raises the first refusal when all were wanted and one got none, and when nobody got any.
        """
        request, id = command.request, self._new_id()
        all_or_nothing = request.mode is BatchMode.ALL_OR_NOTHING
        bookings = [Booking(command.owner_id, request.booking_of(seat), ctx, batch_id=id) for seat in request.seats]
        answers = await self._booker.book(uow, bookings, stamp_of(ctx).at, all_or_nothing=all_or_nothing)
        accepted = tuple(each for each in answers if isinstance(each, ReservationAnswer))
        errors = [each for each in answers if isinstance(each, LcmError)]
        if errors and (all_or_nothing or not accepted):
            raise _first_cause(errors)
        batch = ReservationBatchAnswer(
            batch_id=id,
            accepted=accepted,
            refused=_refusals(request.seats, answers),
            alternatives=_alternatives(errors),
        )
        uow.attach(RESERVATION_BATCHES, _document(batch))
        return batch


def _first_cause(errors: Sequence[LcmError]) -> LcmError:
    """Not the error of a seat that was not tried because another had been refused."""
    return next((each for each in errors if each.code != "not-tried"), errors[0])


def _refusals(seats: Sequence[Seat], answers: Sequence[Answer]) -> tuple[SeatRefusal, ...]:
    return tuple(
        SeatRefusal(
            candidate=seat.candidate,
            external_id=seat.external_id,
            code=answer.code,
            message=answer.message,
            reason_counts=answer.facts.get("reason_counts", {}),  # pyright: ignore[reportArgumentType]
        )
        for seat, answer in zip(seats, answers, strict=True)
        if isinstance(answer, LcmError)
    )


def _alternatives(errors: Sequence[LcmError]) -> tuple[AlternativeSlot, ...]:
    """Of the first seat without room: the others are alike."""
    refusal = next((each for each in errors if isinstance(each, CapacityRefused)), None)
    return _SLOTS.validate_python(refusal.facts["alternatives"]) if refusal is not None else ()


def _document(batch: ReservationBatchAnswer) -> dict[str, Any]:
    told = batch.model_dump(mode="json", include={"refused", "alternatives"})
    return {
        "_id": batch.batch_id,
        "reservation_ids": [each.reservation.id for each in batch.accepted],
        **told,
    }
