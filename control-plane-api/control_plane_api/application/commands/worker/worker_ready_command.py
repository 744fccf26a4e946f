"""PROVISIONING or STARTING → RUNNING: EC2 runs, CML answers, the licence holds."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import WorkerReady


@dataclass(frozen=True, slots=True)
class WorkerReadyCommand(Command[Applied]):
    worker_id: str
    request: WorkerReady


class WorkerReadyCommandHandler:
    async def handle(self, command: WorkerReadyCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation while the licence does not hold."""
        worker = await uow.load(CMLWorker, command.worker_id)
        request = command.request
        changed = worker.ready(
            private_ip=request.private_ip,
            public_ip=request.public_ip,
            cml_version=request.cml_version,
            license=request.license,
            measured=request.measured,
            stamp=stamp_of(ctx),
        )
        return applied(worker, changed)
