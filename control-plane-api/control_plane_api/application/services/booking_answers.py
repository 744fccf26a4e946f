"""What is said to who booked: the booking as it is now, also when it was made before or comes twice at one time."""

from __future__ import annotations

from datetime import datetime, timedelta

from control_plane_api.application.services.booking_times import wanted_start
from control_plane_api.application.services.guarantees import guarantee_of
from control_plane_api.domain.entities import CMLWorker, LabletSession, Reservation, read_model_of
from control_plane_api.domain.identities import sink_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.reservations import CreateReservation, ReservationAnswer
from lcm_core.domain.errors import Conflict, LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, ReservationReadModel

Answer = ReservationAnswer | LcmError


def answer(
    reservation: Reservation, session: LabletSession, holder: CMLWorkerReadModel | None, at: datetime
) -> ReservationAnswer:
    row = read_model_of(session, LabletSessionReadModel)
    return ReservationAnswer(
        reservation=read_model_of(reservation, ReservationReadModel),
        session=row,
        guarantee=guarantee_of(row, holder, at),
    )


def holder_row(worker: CMLWorker | None) -> CMLWorkerReadModel | None:
    return read_model_of(worker, CMLWorkerReadModel) if worker is not None else None


async def answer_again(
    uow: UnitOfWork, known: Reservation, request: CreateReservation, at: datetime
) -> ReservationAnswer:
    """Raises Conflict when the external id stands for another booking."""
    state = known.state
    same_length = state.timeslot.duration == timedelta(minutes=request.duration_minutes)
    start = wanted_start(request)
    same_start = start is None or start == state.timeslot.start
    wanted = (request.definition_id, request.candidate, sink_of(state.owner_id, request))
    if (state.definition_id, state.candidate, state.sink_id) != wanted or not (same_length and same_start):
        raise Conflict(
            f"External id {state.external_id!r} stands for another booking, {known.id!r}; use a new one.",
            code="external-id-taken",
            facts={"reservation_id": known.id, "external_id": state.external_id},
        )
    session = await uow.load(LabletSession, state.session_ids[0])
    worker = await uow.find(CMLWorker, session.holder) if session.holder is not None else None
    return answer(known, session, holder_row(worker), at)


async def as_the_first(uow: UnitOfWork, first: Answer | None, request: CreateReservation, at: datetime) -> Answer:
    """The answer to a booking that came twice at one time."""
    if not isinstance(first, ReservationAnswer):
        return first or not_tried()
    try:
        return await answer_again(uow, await uow.load(Reservation, first.reservation.id), request, at)
    except LcmError as error:
        return error


def sink_of(owner_id: str, request: CreateReservation) -> str | None:
    return sink_id(owner_id, request.sink) if request.sink is not None else None


def not_tried() -> LcmError:
    return Conflict("Another booking of the same request was refused, so this one was not tried.", code="not-tried")
