"""Idle labs are given up: too old, of another version, or too many."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.warm_pools import DiscardPreparedLabs


@dataclass(frozen=True, slots=True)
class DiscardPreparedLabsCommand(Command[Applied]):
    request: DiscardPreparedLabs


class DiscardPreparedLabsCommandHandler:
    async def handle(self, command: DiscardPreparedLabsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound."""
        request, stamp = command.request, stamp_of(ctx)
        worker = await uow.load(CMLWorker, request.worker_id)
        return applied(worker, worker.discard_prepared(request.prepared_lab_ids, request.reason, stamp))
