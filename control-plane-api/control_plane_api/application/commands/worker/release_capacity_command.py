"""Give back what a session holds on the worker and needs no more."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import ReleaseCapacity
from lcm_core.domain.errors import RuleViolation


@dataclass(frozen=True, slots=True)
class ReleaseCapacityCommand(Command[Applied]):
    worker_id: str
    request: ReleaseCapacity


class ReleaseCapacityCommandHandler:
    async def handle(self, command: ReleaseCapacityCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Keyed by session, so that twice is once. Raises RuleViolation while the session still needs it."""
        request = command.request
        session = await uow.find(LabletSession, request.session_id)
        worker = await uow.load(CMLWorker, command.worker_id)
        if session is not None and session.holds_capacity_on(worker.id):
            raise RuleViolation(
                f"Session {session.id!r} is {session.state.status.value} on worker {worker.state.name!r}; "
                "its room is given back when its lab is proven gone.",
                code="session-needs-capacity",
                facts={"session_id": session.id, "worker_id": worker.id, "status": session.state.status.value},
            )
        return applied(worker, worker.release(request.session_id, request.reason, stamp_of(ctx)))
