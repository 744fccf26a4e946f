"""Book one lab for one learner: the reservation and the session that serves it, in one commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.admission import (
    offer_of_template,
    offer_of_worker,
    require_servable,
    why_not,
)
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.domain.entities import (
    LabletDefinition,
    LabletSession,
    PinnedDefinition,
    Reservation,
    read_model_of,
)
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.domain.identities import reservation_id, session_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.reservations import CreateReservation, ReservationAnswer
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import Conflict, InputProblem, InvalidInput
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    LabletSessionReadModel,
    ReservationReadModel,
    WorkerTemplateReadModel,
)
from lcm_core.domain.values import Timeslot

_SERVING = tuple(
    status.value
    for status in CMLWorkerStatus
    if status not in (CMLWorkerStatus.FAILED, CMLWorkerStatus.TERMINATING, CMLWorkerStatus.TERMINATED)
)


@dataclass(frozen=True, slots=True)
class CreateReservationCommand(Command[ReservationAnswer]):
    owner_id: str
    request: CreateReservation


class CreateReservationCommandHandler:
    """*new_id* makes the id of a booking that comes without an external id."""

    def __init__(
        self,
        templates: Rows[WorkerTemplateReadModel],
        workers: Rows[CMLWorkerReadModel],
        new_id: Callable[[], str],
    ) -> None:
        self._templates = templates
        self._workers = workers
        self._new_id = new_id

    async def handle(
        self, command: CreateReservationCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> ReservationAnswer:
        """The same external id of the same owner answers with the booking made before.

        Raises NotFound, RuleViolation when the definition is not ACTIVE, InvalidInput for an impossible time,
        CapacityRefused when no worker could ever hold the lab, Conflict when the external id stands for another one.
        """
        request, owner_id = command.request, command.owner_id
        id = reservation_id(owner_id, request.external_id) if request.external_id else self._new_id()
        known = await uow.find(Reservation, id) if request.external_id else None
        if known is not None:
            return await _answer_again(uow, known, request)
        stamp = stamp_of(ctx)
        definition = await uow.load(LabletDefinition, request.definition_id)
        pinned = definition.pin()
        timeslot = _timeslot(request, definition, await fleet_policy(uow), stamp.at)
        await self._require_servable(pinned)
        session = LabletSession.book(
            session_id(id),
            pinned=pinned,
            reservation_id=id,
            owner_id=owner_id,
            candidate=request.candidate,
            timeslot=timeslot,
            stamp=stamp,
        )
        reservation = Reservation.accept(
            id,
            external_id=request.external_id,
            owner_id=owner_id,
            definition_id=definition.id,
            candidate=request.candidate,
            timeslot=timeslot,
            session_ids=(session.id,),
            stamp=stamp,
        )
        uow.add(reservation)
        uow.add(session)
        return _answer(reservation, session)

    async def _require_servable(self, pinned: PinnedDefinition) -> None:
        templates = [offer_of_template(template) for template in await self._templates.where(enabled=True)]
        needed, licences = pinned.requirements, pinned.license_affinity
        if any(why_not(offer, needed, licences) is None for offer in templates):
            return
        workers = [offer_of_worker(worker) for worker in await self._workers.in_any("status", _SERVING)]
        require_servable(templates, workers, needed, licences)


def _timeslot(request: CreateReservation, definition: LabletDefinition, policy: FleetPolicy, now: datetime) -> Timeslot:
    """Without a start: as soon as a host can be prepared, so that the lead time begins now."""
    state = definition.state
    lead = timedelta(seconds=state.lead_seconds)
    start = request.start or now + lead
    problems: list[InputProblem] = []
    if request.duration_minutes > state.max_duration_minutes:
        problems.append(
            InputProblem("/duration_minutes", f"is {request.duration_minutes}; at most {state.max_duration_minutes}")
        )
    if start < now - timedelta(seconds=policy.booking_start_grace_seconds):
        problems.append(InputProblem("/start", f"{start.isoformat()} is in the past"))
    if start > now + timedelta(days=policy.booking_horizon_days):
        problems.append(InputProblem("/start", f"is more than {policy.booking_horizon_days} days ahead"))
    if problems:
        raise InvalidInput(problems, what="booking")
    return Timeslot(start=start, end=start + timedelta(minutes=request.duration_minutes))


async def _answer_again(uow: UnitOfWork, known: Reservation, request: CreateReservation) -> ReservationAnswer:
    state = known.state
    same_length = state.timeslot.duration == timedelta(minutes=request.duration_minutes)
    same_start = request.start is None or request.start == state.timeslot.start
    wanted = (request.definition_id, request.candidate)
    if (state.definition_id, state.candidate) != wanted or not (same_length and same_start):
        raise Conflict(
            f"External id {state.external_id!r} stands for another booking, {known.id!r}; use a new one.",
            code="external-id-taken",
            facts={"reservation_id": known.id, "external_id": state.external_id},
        )
    return _answer(known, await uow.load(LabletSession, state.session_ids[0]))


def _answer(reservation: Reservation, session: LabletSession) -> ReservationAnswer:
    return ReservationAnswer(
        reservation=read_model_of(reservation, ReservationReadModel),
        session=read_model_of(session, LabletSessionReadModel),
    )
