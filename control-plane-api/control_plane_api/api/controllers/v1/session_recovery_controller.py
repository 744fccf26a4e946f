"""/api/v1/lablet-sessions: what operators do when a session, or many, do not go by themselves."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Operator, context_for
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.api.session_changes import change_session
from control_plane_api.application.commands.lablet_session.assign_session_command import AssignSessionCommand
from control_plane_api.application.commands.lablet_session.detach_session_command import DetachSessionCommand
from control_plane_api.application.commands.lablet_session.re_place_session_command import RePlaceSessionCommand
from control_plane_api.application.commands.lablet_session.retry_step_command import RetryStepCommand
from control_plane_api.application.commands.lablet_session.skip_grading_command import SkipGradingCommand
from control_plane_api.application.commands.lablet_session.skip_step_command import SkipStepCommand
from control_plane_api.application.commands.lablet_session.terminate_lablet_session_command import (
    TerminateLabletSessionCommand,
)
from control_plane_api.application.services.bulk import carry_out
from lcm_core.contracts.recovery import (
    AssignSession,
    BulkAnswer,
    BulkRequest,
    DetachSession,
    RePlaceSession,
    RetryStep,
    SkipGrading,
    SkipStep,
)
from lcm_core.domain.read_models import LabletSessionReadModel

router = APIRouter(prefix="/api/v1/lablet-sessions", tags=["lablet sessions"])


@router.post("/{session_id}/re-place", summary="Give it another worker")
async def re_place_session(
    session_id: str, body: RePlaceSession, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """While nobody has worked on it. What it leaves and what it gets is one commit; when nobody else can have it in
    time, it stays where it is, and the answer says why."""
    command = RePlaceSessionCommand(session_id, body)
    return await change_session(session_id, command, mediator, principal, change, body.reason)


@router.post("/{session_id}/assign", summary="Put it on the worker that is named")
async def assign_session(
    session_id: str, body: AssignSession, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """While nobody has worked on it, by the rule that everybody is placed by. A worker that is not up, or is not
    needed yet, holds its room."""
    command = AssignSessionCommand(session_id, body)
    return await change_session(session_id, command, mediator, principal, change, body.reason)


@router.post("/{session_id}/retry-step", summary="Try a step of its pipeline again now")
async def retry_session_step(
    session_id: str, body: RetryStep, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """Its attempts and its deadline begin anew. Steps are idempotent: what an earlier attempt made is found."""
    command = RetryStepCommand(session_id, body)
    return await change_session(session_id, command, mediator, principal, change, body.reason)


@router.post("/{session_id}/skip-step", summary="Go on without a step")
async def skip_session_step(
    session_id: str, body: SkipStep, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """Only a step that the session can do without (`may_skip`), once it has begun."""
    command = SkipStepCommand(session_id, body)
    return await change_session(session_id, command, mediator, principal, change, body.reason)


@router.post("/{session_id}/detach", summary="Take it off a dead worker")
async def detach_session(
    session_id: str, body: DetachSession, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """Placed elsewhere while nobody has worked on it, else ended. The worker takes nobody before what was left on it is
    proven gone."""
    command = DetachSessionCommand(session_id, body)
    return await change_session(session_id, command, mediator, principal, change, body.reason)


@router.post("/{session_id}/skip-grading", summary="End it without a score, or without another one")
async def skip_session_grading(
    session_id: str, body: SkipGrading, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """While it is COLLECTING or GRADING, or graded once more."""
    command = SkipGradingCommand(session_id, body)
    return await change_session(session_id, command, mediator, principal, change, body.reason)


@router.post("/bulk/retry", summary="Try again what each of many sessions is at")
async def bulk_retry_sessions(
    body: BulkRequest, mediator: MediatorOf, principal: Operator, change: Change
) -> BulkAnswer:
    """As `retry-step` without a step, session by session; each has its own result. Safe to send again."""
    request = RetryStep(reason=body.reason)
    context = context_for(principal, body.reason)
    return await change.find_out(lambda: carry_out(mediator, body, lambda id: RetryStepCommand(id, request), context))


@router.post("/bulk/terminate", summary="Terminate many sessions")
async def bulk_terminate_sessions(
    body: BulkRequest, mediator: MediatorOf, principal: Operator, change: Change
) -> BulkAnswer:
    """Session by session; each has its own result. Safe to send again."""
    context = context_for(principal, body.reason)
    return await change.find_out(
        lambda: carry_out(mediator, body, lambda id: TerminateLabletSessionCommand(id, body.reason), context)
    )
