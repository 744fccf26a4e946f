"""New terms for the workers to come; those that exist keep theirs."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.template_terms import check_terms, terms_of
from control_plane_api.domain.entities import WorkerTemplate, read_model_of
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import WorkerTemplateReadModel


@dataclass(frozen=True, slots=True)
class UpdateWorkerTemplateCommand(Command[WorkerTemplateReadModel]):
    template_id: str
    request: CreateWorkerTemplate


class UpdateWorkerTemplateCommandHandler:
    async def handle(
        self, command: UpdateWorkerTemplateCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> WorkerTemplateReadModel:
        """Raises NotFound, and InvalidInput when the name is another one: it is the template's identity."""
        template = await uow.load(WorkerTemplate, command.template_id)
        if command.request.name != template.state.name:
            raise InvalidInput([InputProblem("/name", f"is {template.state.name!r} for good; create another template")])
        await check_terms(command.request, uow)
        template.update(terms_of(command.request), stamp_of(ctx))
        return read_model_of(template, WorkerTemplateReadModel)
