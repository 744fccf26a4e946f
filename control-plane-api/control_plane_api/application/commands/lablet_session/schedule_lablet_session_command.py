"""Place a PENDING session on a worker: room, ports and status in one commit, so that over-booking cannot happen.

A promise becomes the grant when it is this worker's, and is given back when it is another's. A prepared lab of its
content is kept for the session, which is granted that lab's ports.
"""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.placement_records import keep_decision, require_decision_for
from control_plane_api.application.services.room import give_back, require_licence, require_virtualization
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import ScheduleSession


@dataclass(frozen=True, slots=True)
class ScheduleLabletSessionCommand(Command[Applied]):
    session_id: str
    request: ScheduleSession


class ScheduleLabletSessionCommandHandler:
    async def handle(self, command: ScheduleLabletSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises CapacityRefused with the facts when the worker cannot take it, IllegalTransition when not PENDING."""
        stamp = stamp_of(ctx)
        request = command.request
        require_decision_for(request.decision, command.session_id, request.worker_id)
        session = await uow.load(LabletSession, command.session_id)
        worker = await uow.load(CMLWorker, request.worker_id)
        require_licence(session.state.license_affinity, worker, session.id)
        require_virtualization(session.state.nested_virtualization, worker, session.id)
        allocation = worker.allocate(
            session.id,
            session.state.requirements,
            session.state.port_requests,
            session.occupation(),
            stamp,
            content_hash=session.state.content_hash,
        )
        promised_by = session.holder
        changed = session.schedule(worker.id, allocation.ports, request.decision.id, stamp)
        if changed:
            if promised_by not in (None, worker.id):
                await give_back(uow, promised_by, session.id, f"placed on {worker.state.name}", stamp)
            keep_decision(uow, request.decision)
        return applied(session, changed)
