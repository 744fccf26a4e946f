"""The worker that holds the room of a session has not come up in time: tell so, and have the room held elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.promises import Promises
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.sessions import PromiseAnswer, ReportPromiseAtRisk
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.placement.refusal import Refusal


@dataclass(frozen=True, slots=True)
class ReportPromiseAtRiskCommand(Command[PromiseAnswer]):
    session_id: str
    request: ReportPromiseAtRisk


class ReportPromiseAtRiskCommandHandler:
    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    async def handle(self, command: ReportPromiseAtRiskCommand, uow: UnitOfWork, ctx: CommandContext) -> PromiseAnswer:
        """Nothing changes when the room is held by another worker already, or the worker has come up meanwhile.

        Raises RuleViolation unless the session is PENDING.
        """
        stamp, request = stamp_of(ctx), command.request
        session = await uow.load(LabletSession, command.session_id)
        session.require_in(LabletSessionStatus.PENDING)
        holder_id = session.state.promised_worker_id
        holder = await uow.find(CMLWorker, holder_id) if holder_id is not None else None
        if holder is None or holder.id != request.worker_id or holder.placeable:
            told = "nobody holds it" if holder is None else f"held by {holder.state.name}"
            return PromiseAnswer(worker_id=holder_id, changed=False, summary=told)
        found = await self._promises.elsewhere(uow, session, stamp, exclude={*request.exclude, holder.id})
        if isinstance(found, Refusal):
            changed = session.promise_at_risk(holder.id, f"{request.reason}; elsewhere {found.summary}", stamp)
            return PromiseAnswer(worker_id=holder.id, changed=changed, summary=found.summary)
        session.promise_at_risk(holder.id, request.reason, stamp)
        session.promise_moved(found.worker.id, request.reason, stamp, in_time=not found.late)
        holder.release(session.id, request.reason, stamp)
        return PromiseAnswer(worker_id=found.worker.id, changed=True, summary=f"held by {found.worker.state.name}")
