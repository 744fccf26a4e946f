"""A new version of a lab: analysed, stored with its content, and ACTIVE."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.content_analysis import ContentAnalysis, analyse_content
from control_plane_api.domain.entities import DefinitionContent, LabletDefinition, read_model_of
from control_plane_api.domain.identities import definition_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import CreateLabletDefinition
from lcm_core.domain.errors import Conflict
from lcm_core.domain.read_models import LabletDefinitionReadModel

CONTENT_PACKAGES = "content_packages"


@dataclass(frozen=True, slots=True)
class CreateLabletDefinitionCommand(Command[LabletDefinitionReadModel]):
    request: CreateLabletDefinition


class CreateLabletDefinitionCommandHandler:
    async def handle(
        self, command: CreateLabletDefinitionCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> LabletDefinitionReadModel:
        """Raises InvalidInput with every problem of the content, Conflict when the version exists."""
        request = command.request
        id = definition_id(request.name, request.semantic_version)
        if await uow.find(LabletDefinition, id) is not None:
            raise Conflict(
                f"{request.name} {request.semantic_version} exists and does not change; raise the version.",
                code="definition-exists",
                facts={"definition_id": id, "name": request.name, "semantic_version": request.semantic_version},
            )
        analysis = await asyncio.to_thread(analyse_content, request)
        stamp = stamp_of(ctx)
        definition = LabletDefinition.create(id, _content(request, analysis), stamp)
        definition.activate(stamp)
        uow.add(definition)
        # Two versions may share one content; under its hash it is the same whoever writes it.
        uow.attach(CONTENT_PACKAGES, _package(request, analysis.content_hash), upsert=True)
        return read_model_of(definition, LabletDefinitionReadModel)


def _content(request: CreateLabletDefinition, analysis: ContentAnalysis) -> DefinitionContent:
    topology = analysis.topology
    return DefinitionContent(
        name=request.name,
        semantic_version=request.semantic_version,
        form_qualified_name=request.form_qualified_name,
        content_hash=analysis.content_hash,
        title=topology.title or request.name,
        requirements=analysis.requirements,
        license_affinity=request.license_affinity,
        ami_requirement=request.ami_requirement,
        node_count=topology.node_count,
        link_count=topology.link_count,
        port_requests=topology.port_requests,
        visible_devices=analysis.visible_devices,
        max_duration_minutes=request.max_duration_minutes,
        lead_seconds=request.lead_seconds,
        teardown_seconds=request.teardown_seconds,
        grading_enabled=request.grading_enabled,
        host_loss=request.host_loss,
        limits=request.limits,
        extra_steps=request.extra_steps,
    )


def _package(request: CreateLabletDefinition, hash: str) -> dict[str, str]:
    return {
        "_id": hash,
        "topology_yaml": request.topology_yaml,
        "content_xml": request.content_xml,
        "grading_yaml": request.grading_yaml,
    }
