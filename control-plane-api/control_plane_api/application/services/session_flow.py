"""Moves of a session that touch its worker, its delivery, its grading or its reservation: always in one commit."""

from __future__ import annotations

from control_plane_api.application.services.room import give_back
from control_plane_api.domain.entities import CMLWorker, GradingSession, LabletSession, Reservation, UserSession
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import grading_session_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.values import LeftoverLab

TIMESLOT_END = "timeslot_end"
"""Reason of a collection that began because the learner's time was up."""


async def user_session_of(uow: UnitOfWork, session: LabletSession) -> UserSession | None:
    id = session.state.user_session_id
    return await uow.find(UserSession, id) if id is not None else None


async def grading_session_of(uow: UnitOfWork, session: LabletSession) -> GradingSession | None:
    id = session.state.grading_session_id
    return await uow.find(GradingSession, id) if id is not None else None


async def end_session(
    uow: UnitOfWork, session: LabletSession, outcome: SessionOutcome, reason: str, stamp: Stamp
) -> bool:
    """The way out: to STOPPING when something may exist anywhere, else to TERMINATED. False when already going."""
    if session.is_going:
        return False
    if session.may_have_a_delivery and not session.may_be_on_a_host:
        # it began on another worker: nothing of it is on the one that it was given since
        await take_off_worker(uow, session, reason, stamp, keep_room=False)
    if session.may_have_a_delivery or session.may_be_on_a_host:
        await stop_session(uow, session, outcome, reason, stamp)
        return True
    holds_a_worker = session.holder is not None
    await release_capacity(uow, session, reason, stamp)
    session.terminate(outcome, reason, stamp, capacity_released=holds_a_worker)
    await complete_reservation(uow, session, stamp)
    return True


async def stop_session(
    uow: UnitOfWork, session: LabletSession, outcome: SessionOutcome, reason: str, stamp: Stamp
) -> None:
    """→ STOPPING; delivery and grading end with it, each as far as it has not ended by itself."""
    session.stop(outcome, reason, stamp)
    delivery = await user_session_of(uow, session)
    if delivery is not None:
        delivery.close(outcome, reason, stamp)
    grading = await grading_session_of(uow, session)
    if grading is not None:
        grading.fault(reason or "the session was stopped first", stamp)


async def begin_collection(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> bool:
    """→ COLLECTING, with a grading session when grading is wanted; the learner is out from now on."""
    id = grading_session_id(session.id) if session.state.grading_enabled else None
    if not session.start_collection(id, reason, stamp):
        return False
    delivery = await user_session_of(uow, session)
    if delivery is not None:
        if reason == TIMESLOT_END:
            delivery.expire(stamp.at, reason, stamp)
        else:
            delivery.end(stamp.at, reason, stamp)
    if id is not None:
        grading = GradingSession.create(id, session.id, session.state.form_qualified_name, stamp)
        grading.start_collection(stamp)
        uow.add(grading)
    return True


async def learner_left(
    uow: UnitOfWork, session: LabletSession, outcome: SessionOutcome, reason: str, stamp: Stamp
) -> bool:
    """A RUNNING session without its learner: collected when grading is wanted, else stopped with *outcome*."""
    if session.state.grading_enabled:
        return await begin_collection(uow, session, reason, stamp)
    return await end_session(uow, session, outcome, reason, stamp)


async def lab_is_gone(uow: UnitOfWork, session: LabletSession, proof: str, stamp: Stamp) -> bool:
    """STOPPING → STOPPED, and the room on the worker is free in the same commit."""
    if not session.mark_stopped(proof, stamp):
        return False
    await release_capacity(uow, session, proof, stamp)
    return True


async def take_off_worker(
    uow: UnitOfWork,
    session: LabletSession,
    reason: str,
    stamp: Stamp,
    *,
    keep_room: bool = True,
    lab_is_lost: bool = False,
) -> bool:
    """Back to PENDING: the grant is given back in the same commit.

    The worker goes on holding the room if it can, unless nobody will need it (*keep_room*).

    A lab on a host that is lost, or that is of no use (*lab_is_lost*), is left behind: the worker takes no other
    session before it is removed.
    """
    worker_id = session.state.worker_id
    worker = await uow.find(CMLWorker, worker_id) if worker_id is not None else None
    gone = worker is None or worker.is_gone
    left_behind = worker is not None and not gone and (lab_is_lost or worker.host_is_lost)
    if session.state.status is LabletSessionStatus.PENDING:
        return False
    if worker is not None and left_behind and session.may_be_on_a_host:
        lab = LeftoverLab(
            session_id=session.id,
            definition_name=session.state.definition_name,
            cml_lab_id=session.state.cml_lab_id,
        )
        worker.leave_behind(lab, stamp)
    await give_back(uow, worker_id, session.id, reason, stamp)
    kept = keep_room and worker is not None and _holds_on_to(worker, session, stamp)
    return session.unschedule(
        reason, stamp, worker_gone=gone or left_behind, promised_worker_id=worker_id if kept else None
    )


def _holds_on_to(worker: CMLWorker, session: LabletSession, stamp: Stamp) -> bool:
    """Promise the session the room that it had; False when the worker cannot be counted on."""
    try:
        worker.promise(session.id, session.state.requirements, session.occupation(), stamp)
    except CapacityRefused:
        return False
    return True


async def delivery_is_archived(uow: UnitOfWork, session: LabletSession, note: str, stamp: Stamp) -> bool:
    """STOPPED → ARCHIVED; a delivery that is open in our books is not any more."""
    if not session.mark_archived(note, stamp):
        return False
    delivery = await user_session_of(uow, session)
    if delivery is not None:
        delivery.end(stamp.at, note or "archived", stamp)
    return True


async def complete_termination(uow: UnitOfWork, session: LabletSession, stamp: Stamp) -> bool:
    """ARCHIVED → TERMINATED with the outcome decided at STOPPING; the reservation is completed."""
    outcome = session.state.outcome or SessionOutcome.FAILED
    if not session.terminate(outcome, session.state.outcome_reason, stamp, capacity_released=False):
        return False
    await complete_reservation(uow, session, stamp)
    return True


async def complete_reservation(uow: UnitOfWork, session: LabletSession, stamp: Stamp) -> None:
    reservation = await uow.find(Reservation, session.state.reservation_id)
    if reservation is not None:
        reservation.complete(stamp)


async def release_capacity(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> None:
    """Give back what is held for the session, granted or promised; nothing when nothing is any more."""
    await give_back(uow, session.state.worker_id or session.state.promised_worker_id, session.id, reason, stamp)
