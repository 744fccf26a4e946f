"""An admin's yes: the proposed content becomes a version, under the proposed number or another one."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.commands.lablet_definition.report_synced_content_command import replace_by
from control_plane_api.application.read_side import ContentStore
from control_plane_api.domain.entities import LabletDefinition, read_model_of
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import ConfirmVersion
from lcm_core.domain.read_models import LabletDefinitionReadModel


@dataclass(frozen=True, slots=True)
class ConfirmVersionCommand(Command[LabletDefinitionReadModel]):
    definition_id: str
    confirmation: ConfirmVersion


class ConfirmVersionCommandHandler:
    def __init__(self, packages: ContentStore) -> None:
        self._packages = packages

    async def handle(
        self, command: ConfirmVersionCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> LabletDefinitionReadModel:
        """Answers the new version. Raises Conflict when something else is proposed by now, or the version exists."""
        definition = await uow.load(LabletDefinition, command.definition_id)
        confirmation, stamp = command.confirmation, stamp_of(ctx)
        proposal = definition.proposal_of(confirmation.content_hash)
        package = await self._packages.content(proposal.content_hash)
        version = confirmation.semantic_version or proposal.semantic_version
        made = await replace_by(uow, definition, package, version, definition.state.sync.fingerprint, stamp)
        if confirmation.deprecate_current:
            definition.deprecate(f"replaced by {version}", stamp)
        return read_model_of(made, LabletDefinitionReadModel)
