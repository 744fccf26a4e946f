"""/api/internal/worker-templates: what workers can be made from."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Service
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.list_worker_templates_query import ListWorkerTemplatesQuery
from lcm_core.domain.read_models import WorkerTemplateReadModel

router = APIRouter(prefix="/api/internal/worker-templates", tags=["internal: worker templates"])


@router.get("", summary="All worker templates")
async def list_templates(mediator: MediatorOf, _: Service) -> list[WorkerTemplateReadModel]:
    return await mediator.query(ListWorkerTemplatesQuery())
