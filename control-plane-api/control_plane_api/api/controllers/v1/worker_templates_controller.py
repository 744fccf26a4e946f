"""/api/v1/worker-templates: what workers are made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Response

from control_plane_api.api.access import Admin, Viewer, context_for
from control_plane_api.api.request_conditions import Change, tag
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.worker_template.create_worker_template_command import (
    CreateWorkerTemplateCommand,
)
from control_plane_api.application.commands.worker_template.update_worker_template_command import (
    UpdateWorkerTemplateCommand,
)
from control_plane_api.application.queries.get_worker_template_query import GetWorkerTemplateQuery
from control_plane_api.application.queries.get_worker_template_version_query import GetWorkerTemplateVersionQuery
from control_plane_api.application.queries.list_worker_template_versions_query import ListWorkerTemplateVersionsQuery
from control_plane_api.application.queries.list_worker_templates_query import ListWorkerTemplatesQuery
from control_plane_api.application.services.template_history import TemplateVersion
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.read_models import WorkerTemplateReadModel
from lcm_core.hosting.openapi import problem_reference

router = APIRouter(prefix="/api/v1/worker-templates", tags=["worker templates"])

VersionNumber = Annotated[int, Path(ge=1, le=1_000_000_000)]


@router.get("", summary="All worker templates")
async def list_templates(mediator: MediatorOf, _: Viewer) -> list[WorkerTemplateReadModel]:
    return await mediator.query(ListWorkerTemplatesQuery())


@router.get("/{template_id}", summary="One worker template")
async def get_template(
    template_id: str, mediator: MediatorOf, _: Viewer, response: Response
) -> WorkerTemplateReadModel:
    template = await mediator.query(GetWorkerTemplateQuery(template_id))
    tag(response, template)
    return template


@router.get("/{template_id}/versions", summary="Its versions, newest first: who changed what, and all it said then")
async def list_template_versions(template_id: str, mediator: MediatorOf, _: Viewer) -> list[TemplateVersion]:
    return list(await mediator.query(ListWorkerTemplateVersionsQuery(template_id)))


@router.get("/{template_id}/versions/{version}", summary="A worker template as it was at one of its versions")
async def get_template_version(
    template_id: str, version: VersionNumber, mediator: MediatorOf, _: Viewer, response: Response
) -> WorkerTemplateReadModel:
    found = await mediator.query(GetWorkerTemplateVersionQuery(template_id, version))
    tag(response, found)
    return found


@router.post("", summary="Create a worker template", status_code=201)
async def create_template(
    body: CreateWorkerTemplate, mediator: MediatorOf, principal: Admin, change: Change, response: Response
) -> WorkerTemplateReadModel:
    async def create() -> WorkerTemplateReadModel:
        return await mediator.execute(CreateWorkerTemplateCommand(body), context_for(principal))

    async def again(created: Mapping[str, str]) -> WorkerTemplateReadModel:
        return await mediator.query(GetWorkerTemplateQuery(created["worker_template"]))

    template = await change.do(create, again)
    tag(response, template)
    response.headers["Location"] = f"{router.prefix}/{template.id}"
    return template


@router.put("/{template_id}", summary="Change a worker template", responses=problem_reference(428))
async def update_template(
    template_id: str,
    body: CreateWorkerTemplate,
    mediator: MediatorOf,
    principal: Admin,
    change: Change,
    response: Response,
) -> WorkerTemplateReadModel:
    """Workers that exist keep the terms they were made with. If-Match must name the version that was edited."""
    change.must_name_a_version()

    async def update() -> WorkerTemplateReadModel:
        return await mediator.execute(UpdateWorkerTemplateCommand(template_id, body), context_for(principal))

    async def again(_: Mapping[str, str]) -> WorkerTemplateReadModel:
        return await mediator.query(GetWorkerTemplateQuery(template_id))

    template = await change.do(update, again, kind="worker_template", id=template_id)
    tag(response, template)
    return template
