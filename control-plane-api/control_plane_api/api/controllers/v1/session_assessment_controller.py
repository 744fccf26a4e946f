"""/api/v1/lablet-sessions/{id}: what was collected."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from control_plane_api.api.access import Operator, Viewer
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.get_artefact_query import GetArtefactQuery
from control_plane_api.application.queries.list_artefacts_query import ListArtefactsQuery
from lcm_core.contracts.evidence import ArtefactRow

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
