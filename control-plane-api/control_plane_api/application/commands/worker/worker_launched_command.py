"""PENDING → PROVISIONING: an EC2 instance exists for the worker."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import WorkerLaunched


@dataclass(frozen=True, slots=True)
class WorkerLaunchedCommand(Command[Applied]):
    worker_id: str
    request: WorkerLaunched


class WorkerLaunchedCommandHandler:
    async def handle(self, command: WorkerLaunchedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        request = command.request
        changed = worker.launched(
            request.ec2_instance_id,
            request.ami_id,
            request.ami_name,
            request.private_ip,
            stamp_of(ctx),
            attempt=request.attempt,
        )
        return applied(worker, changed)
