"""Grading a session once more: a new grading session in the place of the one before, in one commit."""

from __future__ import annotations

from control_plane_api.application.services.grading import required_grading_session
from control_plane_api.domain.entities import CMLWorker, GradingSession, LabletSession
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import grading_session_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.errors import Conflict, RuleViolation


async def regrade(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> None:
    """Raises RuleViolation when there is nothing to grade, or it is under way."""
    attempt, id = session.next_attempt, grading_session_id(session.id, session.next_attempt)
    session.request_regrade(id, reason, stamp)
    before = await required_grading_session(uow, session, of_attempt=attempt - 1)
    before.fault(_superseded(reason), stamp)
    grading = _next(session, id, attempt, reason, stamp)
    grading.store_evidence(before.state.device_count, before.state.devices_missing, stamp)
    uow.add(grading)


async def recollect(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> None:
    """Raises RuleViolation when the lab does not live, or its host is lost."""
    attempt, id = session.next_attempt, grading_session_id(session.id, session.next_attempt)
    session.recollect(id, reason, stamp)
    worker = await uow.find(CMLWorker, session.state.worker_id or "")
    if worker is None or worker.is_gone or worker.host_is_lost:
        raise RuleViolation(
            f"The host of session {session.id!r} is lost, and its lab with it; grade what was collected again.",
            code="lab-not-alive",
            facts={"worker_id": session.state.worker_id},
        )
    before = await required_grading_session(uow, session, of_attempt=attempt - 1)
    before.fault(_superseded(reason), stamp)
    uow.add(_next(session, id, attempt, reason, stamp))


def is_news_of(
    session: LabletSession, grading: GradingSession, engine_session_id: str, engine_part_id: str | None
) -> bool:
    """Whether the engine speaks of the present attempt; False for one that another has taken the place of.

    Raises Conflict when it speaks of the grading of somebody else. The engine grades the attempts of a session as parts
    of one grading session: without a part's number its word cannot be told apart once there is a second attempt.
    """
    known, part = grading.state.engine_session_id, grading.state.engine_part_id
    grading.require_engine_session(engine_session_id)
    if session.state.grading_attempt > 1:
        return known is not None and part is not None and engine_part_id == part
    if part is not None and engine_part_id is not None and engine_part_id != part:
        raise Conflict(
            f"Session {session.id!r} is graded as part {part} of {engine_session_id!r}, not as part {engine_part_id}.",
            code="other-grading-session",
            facts={"engine_part_id": part, "offered": engine_part_id},
        )
    return True


def _next(session: LabletSession, id: str, attempt: int, reason: str, stamp: Stamp) -> GradingSession:
    form = session.state.form_qualified_name
    grading = GradingSession.create(id, session.id, form, stamp, attempt=attempt, reason=reason)
    grading.start_collection(stamp)
    return grading


def _superseded(reason: str) -> str:
    return f"another attempt took its place: {reason}"
