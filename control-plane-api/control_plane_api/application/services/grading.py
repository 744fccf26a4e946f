"""The grading session of a session that is being graded."""

from __future__ import annotations

from control_plane_api.application.services.session_flow import grading_session_of
from control_plane_api.domain.entities import GradingSession, LabletSession
from control_plane_api.domain.identities import grading_session_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import RuleViolation

_S = LabletSessionStatus


_BEFORE_GRADING = frozenset({_S.PENDING, _S.SCHEDULED, _S.INSTANTIATING, _S.READY, _S.RUNNING, _S.COLLECTING})


def require_given_to_grading(session: LabletSession) -> None:
    """Raises RuleViolation before GRADING: news of a grading that came first would shut the way for the evidence."""
    status = session.state.status
    if status in _BEFORE_GRADING:
        raise RuleViolation(
            f"Session {session.id!r} is {status.value}; nothing of it was submitted for grading.",
            code="nothing-submitted",
            facts={"session_id": session.id, "status": status.value},
        )


async def required_grading_session(
    uow: UnitOfWork, session: LabletSession, *, of_attempt: int | None = None
) -> GradingSession:
    """The present one unless another attempt is named. Raises RuleViolation when nothing was ever to be graded."""
    if of_attempt is None:
        grading = await grading_session_of(uow, session)
    else:
        grading = await uow.find(GradingSession, grading_session_id(session.id, of_attempt))
    if grading is None:
        raise RuleViolation(
            f"Session {session.id!r} is {session.state.status.value}; nothing of it was given to grading.",
            code="nothing-to-grade",
            facts={"session_id": session.id, "status": session.state.status.value},
        )
    return grading
