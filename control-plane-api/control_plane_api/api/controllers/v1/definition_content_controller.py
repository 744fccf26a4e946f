"""/api/v1/lablet-definitions/…: their content packages, and the versions that are made of what changes there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from control_plane_api.api.access import Admin, Viewer, context_for
from control_plane_api.api.request_conditions import Change, tag, tag_content
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.lablet_definition.confirm_version_command import ConfirmVersionCommand
from control_plane_api.application.commands.lablet_definition.reject_version_command import RejectVersionCommand
from control_plane_api.application.commands.lablet_definition.request_content_sync_command import (
    RequestContentSyncCommand,
)
from control_plane_api.application.queries.analyse_content_query import AnalyseContentQuery
from control_plane_api.application.queries.compare_definitions_query import CompareDefinitionsQuery
from control_plane_api.application.queries.draw_topology_query import DrawTopologyQuery
from control_plane_api.application.queries.get_lablet_definition_query import GetLabletDefinitionQuery
from control_plane_api.application.queries.get_proposed_version_query import GetProposedVersionQuery
from lcm_core.contracts.definitions import (
    AnalysedContent,
    ComparedVersions,
    ConfirmVersion,
    CreateLabletDefinition,
    ProposedVersion,
    RejectVersion,
    RequestSync,
)
from lcm_core.contracts.topology_drawing import TopologyDrawing
from lcm_core.domain.read_models import LabletDefinitionReadModel
from lcm_core.domain.read_models.content_sync import SyncCause

router = APIRouter(prefix="/api/v1/lablet-definitions", tags=["lablet definitions"])

_HASH = "0" * 64
_CONFIRMATIONS = {
    "as-proposed": {"summary": "The version that is proposed", "value": {"content_hash": _HASH}},
    "another": {
        "summary": "Another version, beside the current one",
        "value": {"content_hash": _HASH, "semantic_version": "2.0.0", "deprecate_current": False},
    },
}
_ANALYSES = {
    "topology": {
        "summary": "A topology alone",
        "value": {
            "name": "first-hop-redundancy",
            "form_qualified_name": "Exam CCNP v1 LAB 1.1",
            "topology_yaml": "lab:\n  title: First hop redundancy\n  version: 0.2.2\nnodes: []\nlinks: []\n",
        },
    }
}


@router.post("/analysis", summary="What a definition would be; every problem of its files; nothing is kept")
async def analyse_content(
    body: Annotated[CreateLabletDefinition, Body(openapi_examples=_ANALYSES)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    _: Admin,
    change: Change,
) -> AnalysedContent:
    """`compared` says how it differs from the newest version of that name that can be booked, and which one it would
    be."""

    async def look() -> AnalysedContent:
        return await mediator.query(AnalyseContentQuery(body))

    return await change.find_out(look)


@router.get("/{definition_id}/comparison", summary="How its content differs from that of another version")
async def compare_definitions(
    definition_id: str,
    mediator: MediatorOf,
    _: Viewer,
    response: Response,
    base: Annotated[
        str, Query(min_length=1, max_length=200, description="Id of the version that it is compared with.")
    ],
) -> ComparedVersions:
    """The changes are those from `base` to this one, greatest first; `files` shows them line by line."""
    found = await mediator.query(CompareDefinitionsQuery(base, definition_id))
    tag_content(response, found)
    return found


@router.get("/{definition_id}/drawing", summary="Its topology as a picture of it is made")
async def draw_topology(definition_id: str, mediator: MediatorOf, _: Viewer, response: Response) -> TopologyDrawing:
    """Nodes, links and annotations with their places; no configuration."""
    drawing = await mediator.query(DrawTopologyQuery(definition_id))
    tag_content(response, drawing)
    return drawing


@router.post("/{definition_id}/sync", summary="Compare it with its content package", status_code=202)
async def sync_definition(
    definition_id: str, mediator: MediatorOf, principal: Admin, change: Change
) -> LabletDefinitionReadModel:
    """`sync` of the answer tells how it goes on. Content that differs is proposed as a version, or becomes one where
    the definition's policy says so. Consumers that could not be told of the content are told again."""

    async def work() -> LabletDefinitionReadModel:
        request = RequestSync(cause=SyncCause.PERSON)
        await mediator.execute(RequestContentSyncCommand(definition_id, request), context_for(principal))
        return await mediator.query(GetLabletDefinitionQuery(definition_id))

    async def again(_: Mapping[str, str]) -> LabletDefinitionReadModel:
        return await mediator.query(GetLabletDefinitionQuery(definition_id))

    definition = await change.do(work, again, kind="lablet_definition", id=definition_id)
    tag(change.response, definition)
    return definition


@router.get("/{definition_id}/proposal", summary="The version that is proposed, with all that changed")
async def get_proposal(definition_id: str, mediator: MediatorOf, _: Viewer, response: Response) -> ProposedVersion:
    found = await mediator.query(GetProposedVersionQuery(definition_id))
    tag_content(response, found)
    return found


@router.post("/{definition_id}/proposal/confirm", summary="Make the proposed content a version", status_code=201)
async def confirm_version(
    definition_id: str,
    body: Annotated[ConfirmVersion, Body(openapi_examples=_CONFIRMATIONS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    principal: Admin,
    change: Change,
    response: Response,
) -> LabletDefinitionReadModel:
    """Sessions that are booked keep the version they have. Refused when something else is proposed by now."""

    async def work() -> LabletDefinitionReadModel:
        return await mediator.execute(ConfirmVersionCommand(definition_id, body), context_for(principal))

    async def again(_: Mapping[str, str]) -> LabletDefinitionReadModel:
        current = await mediator.query(GetLabletDefinitionQuery(definition_id))
        return await mediator.query(GetLabletDefinitionQuery(current.replaced_by or definition_id))

    made = await change.do(work, again, kind="lablet_definition", id=definition_id)
    tag(response, made)
    response.headers["Location"] = f"{router.prefix}/{made.id}"
    return made


@router.post("/{definition_id}/proposal/reject", summary="Keep the proposed content from becoming a version")
async def reject_version(
    definition_id: str, body: RejectVersion, mediator: MediatorOf, principal: Admin, change: Change
) -> LabletDefinitionReadModel:
    async def work() -> LabletDefinitionReadModel:
        await mediator.execute(RejectVersionCommand(definition_id, body), context_for(principal))
        return await mediator.query(GetLabletDefinitionQuery(definition_id))

    async def again(_: Mapping[str, str]) -> LabletDefinitionReadModel:
        return await mediator.query(GetLabletDefinitionQuery(definition_id))

    definition = await change.do(work, again, kind="lablet_definition", id=definition_id)
    tag(change.response, definition)
    return definition
