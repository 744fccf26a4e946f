"""Restore what a session counts on at the worker, its grant or its promise; what stands is left as it is."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import AllocateCapacity
from lcm_core.domain.errors import RuleViolation


@dataclass(frozen=True, slots=True)
class AllocateCapacityCommand(Command[Applied]):
    worker_id: str
    request: AllocateCapacity


class AllocateCapacityCommandHandler:
    async def handle(self, command: AllocateCapacityCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation for a session that neither is placed here nor was promised room here."""
        session = await uow.load(LabletSession, command.request.session_id)
        worker = await uow.load(CMLWorker, command.worker_id)
        if not session.holds_capacity_on(worker.id):
            raise RuleViolation(
                f"Session {session.id!r} is not placed on worker {worker.state.name!r}; schedule it there instead.",
                code="not-placed-here",
                facts={"session_id": session.id, "worker_id": worker.id, "placed_on": session.state.worker_id},
            )
        if worker.allocation_of(session.id) is not None:
            return applied(worker, False)
        state, stamp = session.state, stamp_of(ctx)
        if state.worker_id is None:
            worker.promise(session.id, state.requirements, session.occupation(), stamp)
        else:
            worker.restore(session.id, state.requirements, state.allocated_ports, session.occupation(), stamp)
        return applied(worker, True)
