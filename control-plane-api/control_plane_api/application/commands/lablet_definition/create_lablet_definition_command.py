"""A new version of a lab: ACTIVE with its content, or PENDING_SYNC until that has come from its bucket."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.definition_making import (
    new_id,
    new_version,
    terms_of,
    uploaded,
    without_content,
)
from control_plane_api.domain.entities import LabletDefinition, read_model_of
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import CreateLabletDefinition
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import LabletDefinitionReadModel
from lcm_core.domain.read_models.content_sync import SyncCause
from lcm_core.sealing import Vault


@dataclass(frozen=True, slots=True)
class CreateLabletDefinitionCommand(Command[LabletDefinitionReadModel]):
    request: CreateLabletDefinition


class CreateLabletDefinitionCommandHandler:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def handle(
        self, command: CreateLabletDefinitionCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> LabletDefinitionReadModel:
        """Raises InvalidInput with every problem of the content, Conflict when the version exists.

        With ``replaces`` also NotFound, and RuleViolation unless that is the newest version of the same name.
        """
        request, stamp = command.request, stamp_of(ctx)
        terms, content = terms_of(request), uploaded(request)
        if content is not None:
            before = await _replaced(uow, request)
            made = await new_version(uow, terms, content, self._vault, stamp)
            if before is not None:
                before.replace(made, stamp)
                before.deprecate(f"replaced by {made.state.semantic_version}", stamp)
            return read_model_of(made, LabletDefinitionReadModel)
        definition = without_content(await new_id(uow, terms), terms, stamp)
        definition.request_sync(SyncCause.CREATED, stamp)
        uow.add(definition)
        return read_model_of(definition, LabletDefinitionReadModel)


async def _replaced(uow: UnitOfWork, request: CreateLabletDefinition) -> LabletDefinition | None:
    if request.replaces is None:
        return None
    before = await uow.load(LabletDefinition, request.replaces)
    if before.state.name != request.name:
        raise RuleViolation(
            f"A version of {before.state.name} is not replaced by {request.name}: the next one has the same name.",
            code="another-name",
            facts={"definition_id": before.id, "name": before.state.name},
        )
    before.require_later(request.semantic_version)
    return before
