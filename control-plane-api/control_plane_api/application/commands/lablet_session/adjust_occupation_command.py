"""The room of a session on a host is held longer, because it overruns, or shorter, because it ended early."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, NO_CHANGE, applied, stamp_of
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import AdjustOccupation
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import CAPACITY_SLOT, Timeslot


@dataclass(frozen=True, slots=True)
class AdjustOccupationCommand(Command[Applied]):
    session_id: str
    request: AdjustOccupation


class AdjustOccupationCommandHandler:
    async def handle(self, command: AdjustOccupationCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Never refused for want of room: the lab is there. Raises RuleViolation for a session without a worker."""
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        worker_id = session.state.worker_id
        if worker_id is None:
            raise RuleViolation(
                f"Session {session.id!r} is {session.state.status.value} and on no worker; reschedule it instead.",
                code="not-placed",
                facts={"session_id": session.id, "status": session.state.status.value},
            )
        worker = await uow.load(CMLWorker, worker_id)
        held = worker.allocation_of(session.id)
        if held is None:
            return applied(worker, False, LATE)
        until = max(request.until, held.interval.start + CAPACITY_SLOT)
        interval = Timeslot(start=held.interval.start, end=until).on_grid()
        return applied(worker, worker.overrun(session.id, interval, request.reason, stamp_of(ctx)), NO_CHANGE)
