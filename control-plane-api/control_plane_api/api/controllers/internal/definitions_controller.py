"""/api/internal/definitions: what a session was booked on, files included."""

from __future__ import annotations

from fastapi import APIRouter, Response

from control_plane_api.api.access import Service
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.get_content_package_query import GetContentPackageQuery
from control_plane_api.application.queries.get_lablet_definition_query import GetLabletDefinitionQuery
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.domain.read_models import LabletDefinitionReadModel

router = APIRouter(prefix="/api/internal/definitions", tags=["internal: definitions"])


@router.get("/{definition_id}", summary="One definition")
async def get_definition(definition_id: str, mediator: MediatorOf, _: Service) -> LabletDefinitionReadModel:
    return await mediator.query(GetLabletDefinitionQuery(definition_id))


@router.get("/content/{content_hash}", summary="The files kept under a hash")
async def get_content(content_hash: str, mediator: MediatorOf, _: Service, response: Response) -> ContentPackage:
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return await mediator.query(GetContentPackageQuery(content_hash))
