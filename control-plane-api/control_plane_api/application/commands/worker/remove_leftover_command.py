"""What a session left behind on a worker is proven gone; with the last of it the worker may take sessions again."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import LeftoverRemoved


@dataclass(frozen=True, slots=True)
class RemoveLeftoverCommand(Command[Applied]):
    worker_id: str
    request: LeftoverRemoved


class RemoveLeftoverCommandHandler:
    async def handle(self, command: RemoveLeftoverCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        request = command.request
        return applied(worker, worker.leftover_removed(request.session_id, request.proof, stamp_of(ctx)))
