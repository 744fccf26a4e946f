"""A template that workers can be made after. Its id follows from its name."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.template_terms import check_terms, terms_of
from control_plane_api.domain.entities import WorkerTemplate, read_model_of
from control_plane_api.domain.identities import worker_template_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.errors import Conflict
from lcm_core.domain.read_models import WorkerTemplateReadModel


@dataclass(frozen=True, slots=True)
class CreateWorkerTemplateCommand(Command[WorkerTemplateReadModel]):
    request: CreateWorkerTemplate


class CreateWorkerTemplateCommandHandler:
    async def handle(
        self, command: CreateWorkerTemplateCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> WorkerTemplateReadModel:
        """Raises Conflict when the name is taken, InvalidInput when the terms cannot be used."""
        name = command.request.name
        id = worker_template_id(name)
        if await uow.find(WorkerTemplate, id) is not None:
            raise Conflict(
                f"There is a worker template {name!r} already; update it instead.",
                code="template-exists",
                facts={"template_id": id, "name": name},
            )
        await check_terms(command.request, uow)
        template = WorkerTemplate.create(id, name, terms_of(command.request), stamp_of(ctx))
        uow.add(template)
        return read_model_of(template, WorkerTemplateReadModel)
