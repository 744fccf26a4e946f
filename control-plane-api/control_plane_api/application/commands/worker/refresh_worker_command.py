"""Look at a worker now: the worker-controller sees the request in etcd and looks at EC2 and CML at once."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class RefreshWorkerCommand(Command[Applied]):
    worker_id: str
    reason: str


class RefreshWorkerCommandHandler:
    async def handle(self, command: RefreshWorkerCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """One that was asked for a moment ago is the same. Raises RuleViolation for a worker that is TERMINATED."""
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.request_refresh(command.reason, stamp_of(ctx)))
