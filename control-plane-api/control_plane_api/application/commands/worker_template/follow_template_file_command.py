"""A template as the template file has it: made when it is missing, changed with the file unless somebody edited it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.template_terms import check_terms, terms_of
from control_plane_api.domain.entities import WorkerTemplate
from control_plane_api.domain.identities import worker_template_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import CreateWorkerTemplate


class Followed(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    EDITED = "edited"
    """It was edited, or made by hand: the file no longer decides."""


@dataclass(frozen=True, slots=True)
class FollowTemplateFileCommand(Command[Followed]):
    """*digest* identifies the content of the entry; the same one never changes anything twice."""

    request: CreateWorkerTemplate
    digest: str


class FollowTemplateFileCommandHandler:
    async def handle(self, command: FollowTemplateFileCommand, uow: UnitOfWork, ctx: CommandContext) -> Followed:
        """Raises InvalidInput when the terms cannot be used."""
        request, digest = command.request, command.digest
        id = worker_template_id(request.name)
        template = await uow.find(WorkerTemplate, id)
        if template is not None and template.state.source_digest == digest:
            return Followed.UNCHANGED
        if template is not None and template.state.edited_since_source:
            return Followed.EDITED
        await check_terms(request, uow)
        if template is None:
            terms = terms_of(request)
            uow.add(WorkerTemplate.create(id, request.name, terms, stamp_of(ctx), source_digest=digest))
            return Followed.CREATED
        template.follow(terms_of(request), digest, stamp_of(ctx))
        return Followed.CHANGED
