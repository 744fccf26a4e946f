"""Books labs: reservation, session and the room for it, each booking with an answer of its own, all in one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from control_plane_api.application.conditions import IDEMPOTENCY_KEYS, OnlyOnce
from control_plane_api.application.services.admission import Admission, Held, Wish, refused
from control_plane_api.application.services.booking_answers import (
    Answer,
    answer,
    answer_again,
    as_the_first,
    not_tried,
    sink_of,
)
from control_plane_api.application.services.booking_times import timeslot_of
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.application.services.observed_times import ObservedTimes, ObservedTimesStore
from control_plane_api.application.webhooks.sinks import NamedSink, Sinks
from control_plane_api.domain.entities import (
    BookingTerms,
    LabletDefinition,
    LabletSession,
    PinnedDefinition,
    Reservation,
    read_model_of,
)
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.domain.identities import reservation_id, session_id
from lcm_core.application.context import CommandContext
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.reservations import CreateReservation, ReservationAnswer
from lcm_core.domain.delivery_terms import WaitingLimits
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import Timeslot
from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.queue_order import rank_of
from lcm_core.placement.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Booking:
    """One wish of one owner. ``context`` is whose command it is, ``once`` the key under which it may be made once."""

    owner_id: str
    request: CreateReservation
    context: CommandContext
    once: OnlyOnce | None = None
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    """A booking that only lacks room."""

    booking: Booking
    id: str
    pinned: PinnedDefinition
    timeslot: Timeslot
    stamp: Stamp

    @property
    def terms(self) -> BookingTerms:
        request, limits = self.booking.request, self.pinned.limits or WaitingLimits()
        policy = request.policy
        return BookingTerms(
            asap=request.start is None and request.local_start is None,
            priority=request.priority,
            no_show_seconds=_first(policy.no_show_seconds, limits.no_show_seconds),
            grace_seconds=_first(policy.grace_seconds, limits.placement_seconds),
        )

    @property
    def whose(self) -> CommandContext:
        return replace(self.booking.context, at=self.stamp.at)

    @property
    def wish(self) -> Wish:
        pinned = self.pinned
        lead, teardown = timedelta(seconds=pinned.lead_seconds), timedelta(seconds=pinned.teardown_seconds)
        request = PlacementRequest(
            session_id=session_id(self.id),
            requirements=pinned.requirements,
            license_affinity=pinned.license_affinity,
            ami=pinned.ami_requirement,
            nested_virtualization=pinned.nested_virtualization,
            port_requests=pinned.port_requests,
            interval=self.timeslot.widened(lead, teardown).on_grid(),
            needed_at=self.timeslot.start - lead,
            asap=self.terms.asap,
            content_hash=pinned.content_hash,
        )
        return Wish(request, self.stamp)

    def refused(self, refusal: Refusal) -> LcmError:
        return refused(refusal, timedelta(seconds=self.pinned.lead_seconds), self.timeslot.duration)


class Booker:
    """*times* is what was learned of labs that were had before, *new_id* makes the id of a booking without one."""

    def __init__(
        self, admission: Admission, times: ObservedTimesStore, new_id: Callable[[], str], sinks: Sinks
    ) -> None:
        self._sinks = sinks
        self._admission = admission
        self._times = times
        self._new_id = new_id

    async def book(
        self, uow: UnitOfWork, bookings: Sequence[Booking], at: datetime, *, all_or_nothing: bool = False
    ) -> list[Answer]:
        """An answer for each of *bookings*, in their order; an error leaves nothing of that booking behind.

        The same external id of the same owner answers with the booking made before. Room is taken by priority, then by
        start, then in the order given. With *all_or_nothing* the caller raises when an answer is an error.
        """
        ids = [self._id_of(each) for each in bookings]
        wanted = list(dict.fromkeys(each.request.definition_id for each in bookings))
        policy, reservations, times, _ = await _all_of(
            fleet_policy(uow),
            self._known(uow, bookings, ids),
            _all_of(*(self._times.find(each) for each in wanted)),
            uow.find_many(LabletDefinition, wanted),
        )
        known = {each.id: each for each in reservations}
        learned = _Learned(dict(zip(wanted, times, strict=True)), policy)
        answers: dict[int, Answer] = {}
        drafts: dict[int, _Draft] = {}
        drafted: dict[str, int] = {}
        for place, (booking, id) in enumerate(zip(bookings, ids, strict=True)):
            try:
                if id in known:
                    answers[place] = await answer_again(uow, known[id], booking.request, at)
                elif id not in drafted:
                    if booking.request.sink is not None:
                        self._sinks.require_possible()
                    drafts[place] = await _draft(uow, booking, id, learned, at)
                    drafted[id] = place
            except LcmError as error:
                answers[place] = error
        admitted = await self._admit(uow, drafts, at, all_or_nothing=all_or_nothing)
        await self._sinks.open(uow, _named_sinks(drafts, admitted))
        answers |= admitted
        for place, id in enumerate(ids):
            if place not in answers:
                answers[place] = await as_the_first(uow, answers.get(drafted[id]), bookings[place].request, at)
        for place, booking in enumerate(bookings):
            _keep_key(uow, booking, answers[place])
        return [answers[place] for place in range(len(bookings))]

    def _id_of(self, booking: Booking) -> str:
        external_id = booking.request.external_id
        return reservation_id(booking.owner_id, external_id) if external_id else self._new_id()

    @staticmethod
    async def _known(uow: UnitOfWork, bookings: Sequence[Booking], ids: Sequence[str]) -> list[Reservation]:
        """Bookings made before under the external ids of these."""
        external = [id for booking, id in zip(bookings, ids, strict=True) if booking.request.external_id]
        return await uow.find_many(Reservation, external) if external else []

    async def _admit(
        self, uow: UnitOfWork, drafts: dict[int, _Draft], at: datetime, *, all_or_nothing: bool
    ) -> dict[int, Answer]:
        def urgency(place: int) -> tuple[int, datetime, int]:
            return rank_of(drafts[place].booking.request.priority), drafts[place].timeslot.start, place

        order = sorted(drafts, key=urgency)
        wishes = {place: drafts[place].wish for place in order}
        found = await self._admission.hold(uow, [*wishes.values()], at, all_or_nothing=all_or_nothing)
        answers: dict[int, Answer] = {}
        holders: dict[str, CMLWorkerReadModel] = {}
        for place in order:
            outcome = found.get(wishes[place].request.session_id)
            match outcome:
                case Held(worker=worker):
                    if worker.id not in holders:
                        holders[worker.id] = read_model_of(worker, CMLWorkerReadModel)
                    answers[place] = _accept(uow, drafts[place], holders[worker.id])
                case Refusal():
                    answers[place] = drafts[place].refused(outcome)
                case None:
                    answers[place] = not_tried()
        return answers


async def _all_of(*reading: Awaitable[Any]) -> list[Any]:
    """What they answer, read at the same time; all are over when one of them fails."""
    answers = await asyncio.gather(*reading, return_exceptions=True)
    for each in answers:
        if isinstance(each, BaseException):
            raise each
    return answers


@dataclass(frozen=True, slots=True)
class _Learned:
    """How long labs take, by definition."""

    known: Mapping[str, ObservedTimes]
    policy: FleetPolicy

    def pin(self, definition: LabletDefinition) -> PinnedDefinition:
        times = self.known[definition.id]
        pinned = definition.pin()
        return replace(
            pinned,
            limits=(pinned.limits or WaitingLimits()).or_else(self.policy.limits),
            lead_seconds=times.lead_seconds(pinned.lead_seconds, self.policy.least_lead_seconds),
            teardown_seconds=times.teardown_seconds(pinned.teardown_seconds, self.policy.least_teardown_seconds),
        )


async def _draft(uow: UnitOfWork, booking: Booking, id: str, learned: _Learned, at: datetime) -> _Draft:
    """Raises NotFound, RuleViolation when the definition is not ACTIVE, InvalidInput for an impossible time."""
    definition = await uow.load(LabletDefinition, booking.request.definition_id)
    pinned = learned.pin(definition)
    timeslot = timeslot_of(
        booking.request, definition.state.max_duration_minutes, pinned.lead_seconds, learned.policy, at
    )
    return _Draft(booking, id, pinned, timeslot, Stamp(at=at, by=booking.context.actor))


def _accept(uow: UnitOfWork, draft: _Draft, holder: CMLWorkerReadModel) -> ReservationAnswer:
    booking, request = draft.booking, draft.booking.request
    session = LabletSession.book(
        session_id(draft.id),
        pinned=draft.pinned,
        reservation_id=draft.id,
        owner_id=booking.owner_id,
        candidate=request.candidate,
        timeslot=draft.timeslot,
        terms=draft.terms,
        promised_worker_id=holder.id,
        stamp=draft.stamp,
    )
    reservation = Reservation.accept(
        draft.id,
        external_id=request.external_id,
        owner_id=booking.owner_id,
        definition_id=draft.pinned.definition_id,
        candidate=request.candidate,
        timeslot=draft.timeslot,
        session_ids=(session.id,),
        time_zone=request.time_zone,
        batch_id=booking.batch_id,
        sink_id=sink_of(booking.owner_id, request),
        stamp=draft.stamp,
    )
    uow.add(reservation, on_behalf_of=draft.whose)
    uow.add(session, on_behalf_of=draft.whose)
    return answer(reservation, session, holder, draft.stamp.at)


def _named_sinks(drafts: Mapping[int, _Draft], admitted: Mapping[int, Answer]) -> list[NamedSink]:
    """Those of the bookings that got room."""
    accepted = (draft for place, draft in drafts.items() if isinstance(admitted[place], ReservationAnswer))
    return [
        NamedSink(each.booking.owner_id, each.booking.request.sink, each.stamp, each.whose)
        for each in accepted
        if each.booking.request.sink is not None
    ]


def _keep_key(uow: UnitOfWork, booking: Booking, made: Answer) -> None:
    """Its key is kept with what it stands for and what is told of it, one write for both."""
    if booking.once is not None and isinstance(made, ReservationAnswer):
        created = {"reservation": made.reservation.id, "lablet_session": made.session.id}
        uow.attach(IDEMPOTENCY_KEYS, booking.once.document(created, made))


def _first(own: int | None, of_definition: int | None) -> int | None:
    return of_definition if own is None else own
