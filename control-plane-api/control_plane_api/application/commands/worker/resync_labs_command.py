"""Look at the labs on a host again now: the services see the request in etcd and look at once."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class ResyncLabsCommand(Command[Applied]):
    worker_id: str
    reason: str


class ResyncLabsCommandHandler:
    async def handle(self, command: ResyncLabsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """One that was asked for a moment ago is the same. Raises RuleViolation for a host that cannot be asked."""
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.request_labs_resync(command.reason, stamp_of(ctx)))
