"""Place a PENDING session on a worker: room, ports and status in one commit, so that over-booking cannot happen."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.placement_records import keep_decision, require_decision_for
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import ScheduleSession
from lcm_core.domain.errors import CapacityRefused


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
        _require_licence(session, worker)
        allocation = worker.allocate(
            session.id, session.state.requirements, session.state.port_requests, session.occupation(), stamp
        )
        changed = session.schedule(worker.id, allocation.ports, request.decision.id, stamp)
        if changed:
            keep_decision(uow, request.decision)
        return applied(session, changed)


def _require_licence(session: LabletSession, worker: CMLWorker) -> None:
    held, wanted = worker.state.license.type, session.state.license_affinity
    if held not in wanted:
        raise CapacityRefused(
            f"Worker {worker.state.name!r} has a {held.value} licence; session {session.id!r} wants "
            f"{', '.join(kind.value for kind in wanted)}.",
            facts={"worker_id": worker.id, "reason_code": "license", "license_type": held.value},
        )
