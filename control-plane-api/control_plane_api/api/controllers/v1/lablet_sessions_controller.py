"""/api/v1/lablet-sessions: follow a session, and what belongs to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from control_plane_api.api.access import Follower, Operator, Viewer, owner_scope
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import LabletSessionPage
from control_plane_api.api.request_conditions import Change, tag
from control_plane_api.api.services import MediatorOf
from control_plane_api.api.session_changes import change_session
from control_plane_api.application.commands.lablet_session.terminate_lablet_session_command import (
    TerminateLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.transition_lablet_session_command import (
    TransitionLabletSessionCommand,
)
from control_plane_api.application.listings import SESSIONS
from control_plane_api.application.queries.get_evidence_query import GetEvidenceQuery
from control_plane_api.application.queries.get_grading_session_query import GetGradingSessionQuery
from control_plane_api.application.queries.get_lablet_session_query import GetLabletSessionQuery
from control_plane_api.application.queries.get_score_report_query import GetScoreReportQuery
from control_plane_api.application.queries.get_user_session_query import GetUserSessionQuery
from control_plane_api.application.queries.list_lablet_sessions_query import ListLabletSessionsQuery
from control_plane_api.application.queries.list_placement_decisions_query import ListPlacementDecisionsQuery
from control_plane_api.application.queries.list_session_events_query import ListSessionEventsQuery
from lcm_core.auth import Principal
from lcm_core.contracts.sessions import DeviceCollection, TransitionSession
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import (
    GradingSessionReadModel,
    LabletSessionReadModel,
    PlacementDecisionRow,
    ScoreReportReadModel,
    UserSessionReadModel,
)

router = APIRouter(prefix="/api/v1/lablet-sessions", tags=["lablet sessions"])

Filter = Annotated[str | None, Query(min_length=1, max_length=200)]
SessionList = Annotated[ListRequest[LabletSessionPage], Depends(list_request(SESSIONS, LabletSessionPage))]


@router.get(
    "",
    summary="List sessions, newest first",
    response_model=LabletSessionPage,
    responses=sparse_rows(LabletSessionPage),
)
async def list_sessions(
    mediator: MediatorOf,
    principal: Follower,
    wanted: SessionList,
    status: LabletSessionStatus | None = None,
    worker_id: Filter = None,
    definition_id: Filter = None,
    username: Filter = None,
    owner_id: Filter = None,
) -> LabletSessionPage | Response:
    """Every filter that is given must hold. With `status` alone, those come first that came into it last.

    An LMS sees the sessions that it booked."""
    found = await mediator.query(
        ListLabletSessionsQuery(
            page=wanted.page,
            status=status,
            worker_id=worker_id,
            definition_id=definition_id,
            owner_id=owner_id,
            seen_by=owner_scope(principal),
            username=username,
        )
    )
    return wanted.answer(found)


@router.get("/{session_id}", summary="One session")
async def get_session(
    session_id: str, mediator: MediatorOf, principal: Follower, response: Response
) -> LabletSessionReadModel:
    session = await _visible(mediator, session_id, principal)
    tag(response, session)
    return session


@router.get("/{session_id}/user-session", summary="Its delivery to the learner")
async def get_user_session(
    session_id: str, mediator: MediatorOf, principal: Follower, response: Response
) -> UserSessionReadModel:
    await _visible(mediator, session_id, principal)
    found = await mediator.query(GetUserSessionQuery(session_id))
    tag(response, found)
    return found


@router.get("/{session_id}/grading-session", summary="How far its grading is")
async def get_grading_session(
    session_id: str, mediator: MediatorOf, principal: Follower, response: Response
) -> GradingSessionReadModel:
    await _visible(mediator, session_id, principal)
    found = await mediator.query(GetGradingSessionQuery(session_id))
    tag(response, found)
    return found


@router.get("/{session_id}/score-report", summary="Its score")
async def get_score_report(
    session_id: str, mediator: MediatorOf, principal: Follower, response: Response
) -> ScoreReportReadModel:
    await _visible(mediator, session_id, principal)
    found = await mediator.query(GetScoreReportQuery(session_id))
    tag(response, found)
    return found


@router.get("/{session_id}/evidence", summary="What was collected from its devices")
async def get_evidence(session_id: str, mediator: MediatorOf, _: Viewer) -> list[DeviceCollection]:
    return list(await mediator.query(GetEvidenceQuery(session_id)))


@router.get("/{session_id}/events", summary="Its event log, commit by commit")
async def list_session_events(
    session_id: str,
    mediator: MediatorOf,
    _: Viewer,
    after: Annotated[int, Query(ge=0, description="Version behind which to begin.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[Commit]:
    """Each commit with its hash and that of the one before: enough to check the chain independently."""
    return list(await mediator.query(ListSessionEventsQuery(session_id, after, limit)))


@router.get("/{session_id}/placement-decisions", summary="Why it was placed where it is, or nowhere yet")
async def list_placement_decisions(session_id: str, mediator: MediatorOf, _: Viewer) -> list[PlacementDecisionRow]:
    """Newest first. The verdict on every worker is told by `/api/v1/scheduler/decisions/{decision_id}`."""
    return list(await mediator.query(ListPlacementDecisionsQuery(session_id)))


@router.delete("/{session_id}", summary="Terminate a session")
async def terminate_session(
    session_id: str,
    mediator: MediatorOf,
    principal: Operator,
    change: Change,
    reason: Annotated[str, Query(min_length=1, max_length=2000)] = "terminated by an operator",
) -> LabletSessionReadModel:
    """The wish is noted at once; the session still gives everything back, step by step, before it is TERMINATED."""
    return await change_session(
        session_id, TerminateLabletSessionCommand(session_id, reason), mediator, principal, change, reason
    )


@router.post("/{session_id}/transition", summary="Move a session by hand")
async def transition_session(
    session_id: str, body: TransitionSession, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """Only moves of the transition table, with all that belongs to them; recorded with who and why."""
    return await change_session(
        session_id, TransitionLabletSessionCommand(session_id, body), mediator, principal, change, body.reason
    )


async def _visible(mediator: MediatorOf, session_id: str, principal: Principal) -> LabletSessionReadModel:
    """The session as far as the caller may know of it."""
    return await mediator.query(GetLabletSessionQuery(session_id, owner_scope(principal)))
