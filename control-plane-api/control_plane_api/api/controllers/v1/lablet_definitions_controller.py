"""/api/v1/lablet-definitions: the labs that can be booked, one immutable version each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from pydantic import Field

from control_plane_api.api.access import Admin, Reader, Viewer, context_for
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import LabletDefinitionPage
from control_plane_api.api.request_conditions import Change, ChangeRequest, tag
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.lablet_definition.archive_lablet_definition_command import (
    ArchiveLabletDefinitionCommand,
)
from control_plane_api.application.commands.lablet_definition.create_lablet_definition_command import (
    CreateLabletDefinitionCommand,
)
from control_plane_api.application.commands.lablet_definition.deprecate_lablet_definition_command import (
    DeprecateLabletDefinitionCommand,
)
from control_plane_api.application.listings import DEFINITIONS as LISTING
from control_plane_api.application.queries.get_content_package_query import GetContentPackageQuery
from control_plane_api.application.queries.get_lablet_definition_query import GetLabletDefinitionQuery
from control_plane_api.application.queries.list_lablet_definitions_query import ListLabletDefinitionsQuery
from lcm_core.application.mediator import Command
from lcm_core.auth import Principal
from lcm_core.contracts.base import Applied, Contract
from lcm_core.contracts.definitions import CreateLabletDefinition
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.read_models import LabletDefinitionReadModel

router = APIRouter(prefix="/api/v1/lablet-definitions", tags=["lablet definitions"])

DefinitionList = Annotated[ListRequest[LabletDefinitionPage], Depends(list_request(LISTING, LabletDefinitionPage))]

DEFINITIONS = {
    "two-routers": {
        "summary": "Two routers and a link",
        "value": {
            "name": "first-hop-redundancy",
            "semantic_version": "1.0.0",
            "form_qualified_name": "Exam CCNP v1 LAB 1.1",
            "topology_yaml": "lab:\n  title: First hop redundancy\n  version: 0.2.2\nnodes: []\nlinks: []\n",
            "max_duration_minutes": 60,
        },
    }
}


class WithdrawDefinition(Contract):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get(
    "",
    summary="List definitions, newest first",
    response_model=LabletDefinitionPage,
    responses=sparse_rows(LabletDefinitionPage),
)
async def list_definitions(
    mediator: MediatorOf,
    _: Reader,
    wanted: DefinitionList,
    status: LabletDefinitionStatus | None = None,
    name: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    search: Annotated[str | None, Query(min_length=1, max_length=120)] = None,
) -> LabletDefinitionPage | Response:
    """`search`: words that all stand in the name or the version, in either case; `name`: the whole name."""
    return wanted.answer(await mediator.query(ListLabletDefinitionsQuery(wanted.page, status, name, search)))


@router.get("/{definition_id}", summary="One definition")
async def get_definition(
    definition_id: str, mediator: MediatorOf, _: Reader, response: Response
) -> LabletDefinitionReadModel:
    definition = await mediator.query(GetLabletDefinitionQuery(definition_id))
    tag(response, definition)
    return definition


@router.post("", summary="Create a definition, or a new version of one", status_code=201)
async def create_definition(
    body: Annotated[CreateLabletDefinition, Body(openapi_examples=DEFINITIONS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    principal: Admin,
    change: Change,
    response: Response,
) -> LabletDefinitionReadModel:
    """The files are checked and kept for good; what a definition needs of a host is read from its topology."""

    async def create() -> LabletDefinitionReadModel:
        return await mediator.execute(CreateLabletDefinitionCommand(body), context_for(principal))

    async def again(created: Mapping[str, str]) -> LabletDefinitionReadModel:
        if "lablet_definition" in created:
            return await mediator.query(GetLabletDefinitionQuery(created["lablet_definition"]))
        return await create()

    definition = await change.do(create, again)
    tag(response, definition)
    response.headers["Location"] = f"{router.prefix}/{definition.id}"
    return definition


@router.post("/{definition_id}/deprecate", summary="Take no new bookings of it")
async def deprecate_definition(
    definition_id: str, body: WithdrawDefinition, mediator: MediatorOf, principal: Admin, change: Change
) -> LabletDefinitionReadModel:
    command = DeprecateLabletDefinitionCommand(definition_id, body.reason)
    return await _change(definition_id, command, mediator, principal, change)


@router.post("/{definition_id}/archive", summary="Withdraw it for good")
async def archive_definition(
    definition_id: str, body: WithdrawDefinition, mediator: MediatorOf, principal: Admin, change: Change
) -> LabletDefinitionReadModel:
    """Sessions that were booked on it go on."""
    command = ArchiveLabletDefinitionCommand(definition_id, body.reason)
    return await _change(definition_id, command, mediator, principal, change)


async def _change(
    definition_id: str, command: Command[Applied], mediator: MediatorOf, principal: Principal, change: ChangeRequest
) -> LabletDefinitionReadModel:
    """The definition after *command*, or after the request that did it before."""

    async def work() -> LabletDefinitionReadModel:
        await mediator.execute(command, context_for(principal))
        return await mediator.query(GetLabletDefinitionQuery(definition_id))

    async def again(_: Mapping[str, str]) -> LabletDefinitionReadModel:
        return await mediator.query(GetLabletDefinitionQuery(definition_id))

    definition = await change.do(work, again, kind="lablet_definition", id=definition_id)
    tag(change.response, definition)
    return definition


@router.get(
    "/{definition_id}/topology",
    summary="Its CML topology",
    response_class=Response,
    responses={200: {"content": {"application/yaml": {}}, "description": "The topology as it was sent."}},
)
async def get_topology(definition_id: str, mediator: MediatorOf, _: Viewer) -> Response:
    definition = await mediator.query(GetLabletDefinitionQuery(definition_id))
    package = await mediator.query(GetContentPackageQuery(definition.content_hash))
    return Response(package.topology_yaml, media_type="application/yaml")
