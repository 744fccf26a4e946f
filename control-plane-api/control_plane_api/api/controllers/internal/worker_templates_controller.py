"""/api/internal/worker-templates: what workers can be made from."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Service
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.get_worker_template_version_query import GetWorkerTemplateVersionQuery
from control_plane_api.application.queries.list_worker_templates_query import ListWorkerTemplatesQuery
from control_plane_api.domain.identities import worker_template_id
from lcm_core.domain.read_models import WorkerTemplateReadModel

router = APIRouter(prefix="/api/internal/worker-templates", tags=["internal: worker templates"])


@router.get("", summary="All worker templates")
async def list_templates(mediator: MediatorOf, _: Service) -> list[WorkerTemplateReadModel]:
    return await mediator.query(ListWorkerTemplatesQuery())


@router.get("/{name}", summary="A template as it was at one of its versions; 0 is the newest")
async def get_template_version(
    name: str, mediator: MediatorOf, _: Service, version: int = 0
) -> WorkerTemplateReadModel:
    return await mediator.query(GetWorkerTemplateVersionQuery(worker_template_id(name), version))
