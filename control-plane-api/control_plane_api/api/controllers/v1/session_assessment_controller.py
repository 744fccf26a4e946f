"""/api/v1/lablet-sessions/{id}: what was collected, how it was graded, and both again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from control_plane_api.api.access import Follower, Operator, Viewer, owner_scope
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.api.session_changes import change_session
from control_plane_api.application.commands.lablet_session.collect_and_grade_command import CollectAndGradeCommand
from control_plane_api.application.commands.lablet_session.recollect_lablet_session_command import (
    RecollectLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.regrade_lablet_session_command import (
    RegradeLabletSessionCommand,
)
from control_plane_api.application.queries.get_artefact_query import GetArtefactQuery
from control_plane_api.application.queries.get_lablet_session_query import GetLabletSessionQuery
from control_plane_api.application.queries.list_artefacts_query import ListArtefactsQuery
from control_plane_api.application.queries.list_score_reports_query import ListScoreReportsQuery
from lcm_core.contracts.evidence import ArtefactRow, ScoreEntry
from lcm_core.contracts.sessions import AssessAgain
from lcm_core.domain.read_models import LabletSessionReadModel

router = APIRouter(prefix="/api/v1/lablet-sessions", tags=["lablet sessions"])

Collection = Annotated[int | None, Query(ge=1, le=1000, description="Number of the collection; the latest by default.")]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="Hash of the text, in hexadecimal.")]


@router.get("/{session_id}/artefacts", summary="The collected texts, with their hashes")
async def list_artefacts(
    session_id: str, mediator: MediatorOf, _: Viewer, collection: Collection = None
) -> list[ArtefactRow]:
    return list(await mediator.query(ListArtefactsQuery(session_id, collection)))


@router.get(
    "/{session_id}/artefacts/{sha256}",
    summary="One collected text",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "The text, as it was collected."}},
)
async def get_artefact(session_id: str, sha256: Sha256, mediator: MediatorOf, _: Operator) -> Response:
    """Its hash is checked on the way: what is not what was collected is not given out."""
    found = await mediator.query(GetArtefactQuery(session_id, sha256))
    headers = {
        "ETag": f'"{found.facts.sha256}"',
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{found.facts.sha256[:16]}.txt"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found.text.encode(), media_type=found.facts.content_type, headers=headers)


@router.get("/{session_id}/score-reports", summary="Every score it was given, the newest first")
async def list_score_reports(session_id: str, mediator: MediatorOf, principal: Follower) -> list[ScoreEntry]:
    """A score that another one took the place of is kept; `present` marks the one that counts."""
    await mediator.query(GetLabletSessionQuery(session_id, owner_scope(principal)))
    return list(await mediator.query(ListScoreReportsQuery(session_id)))


@router.post("/{session_id}/collect-and-grade", summary="Have it collected and graded now")
async def collect_and_grade_session(
    session_id: str, body: AssessAgain, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """Ends the learner's work: the session must be RUNNING, with grading asked for when it was booked."""
    return await change_session(
        session_id, CollectAndGradeCommand(session_id, body.reason), mediator, principal, change, body.reason
    )


@router.post("/{session_id}/regrade", summary="Have what was collected graded once more")
async def regrade_session(
    session_id: str, body: AssessAgain, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """At any time after the collection, however long ago the session ended. Earlier scores are kept."""
    return await change_session(
        session_id, RegradeLabletSessionCommand(session_id, body.reason), mediator, principal, change, body.reason
    )


@router.post("/{session_id}/recollect", summary="Have its devices read and graded once more")
async def recollect_session(
    session_id: str, body: AssessAgain, mediator: MediatorOf, principal: Operator, change: Change
) -> LabletSessionReadModel:
    """While its lab lives, that is while it is GRADING. What was collected before is kept."""
    command = RecollectLabletSessionCommand(session_id, body.reason)
    return await change_session(session_id, command, mediator, principal, change, body.reason)
