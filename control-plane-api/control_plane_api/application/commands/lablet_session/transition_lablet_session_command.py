"""Manual override: an operator moves a session, along the transition table and through the same rules as everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services import session_flow
from control_plane_api.application.services.assessment import recollect
from control_plane_api.application.services.warm_start import begin_instantiation
from control_plane_api.domain.entities import LabletSession
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import TransitionSession
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.transitions import LABLET_SESSION_VALID_TRANSITIONS

_S = LabletSessionStatus
Move = Callable[[UnitOfWork, LabletSession, str, Stamp], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class TransitionLabletSessionCommand(Command[Applied]):
    session_id: str
    request: TransitionSession


class TransitionLabletSessionCommandHandler:
    async def handle(self, command: TransitionLabletSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises IllegalTransition, or RuleViolation when the move needs facts that only its own command brings."""
        target, reason = command.request.target, command.request.reason
        session = await uow.load(LabletSession, command.session_id)
        require_transition(session.kind, session.id, LABLET_SESSION_VALID_TRANSITIONS, session.state.status, target)
        move = _MOVES.get(target)
        if move is None:
            raise RuleViolation(
                f"{target.value} cannot be set by hand: it needs {_NEEDS[target]}.",
                code="override-needs-facts",
                facts={"target": target.value, "needs": _NEEDS[target]},
            )
        return applied(session, await move(uow, session, reason, stamp_of(ctx)))


async def _instantiate(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> bool:
    del reason
    return await begin_instantiation(uow, session, stamp)


async def _run(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> bool:
    del reason
    delivery = await session_flow.user_session_of(uow, session)
    if delivery is not None:
        delivery.start(stamp.at, stamp)
    return session.learner_started(stamp.at, stamp)


async def _collect(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> bool:
    if session.state.status is _S.GRADING:
        await recollect(uow, session, reason, stamp)
        return True
    return await session_flow.begin_collection(uow, session, reason, stamp)


async def _stop(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> bool:
    return await session_flow.end_session(uow, session, SessionOutcome.CANCELLED, reason, stamp)


async def _terminate(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> bool:
    if session.is_going:
        return await session_flow.complete_termination(uow, session, stamp)
    return await _stop(uow, session, reason, stamp)


_MOVES: Mapping[LabletSessionStatus, Move] = {
    _S.PENDING: session_flow.take_off_worker,
    _S.INSTANTIATING: _instantiate,
    _S.RUNNING: _run,
    _S.COLLECTING: _collect,
    _S.STOPPING: _stop,
    _S.STOPPED: session_flow.lab_is_gone,
    _S.ARCHIVED: session_flow.delivery_is_archived,
    _S.TERMINATED: _terminate,
}
_NEEDS: Mapping[LabletSessionStatus, str] = {
    _S.SCHEDULED: "a worker with room (schedule)",
    _S.READY: "a lab and a delivery session (mark-ready)",
    _S.GRADING: "the evidence (collection-completed)",
}
