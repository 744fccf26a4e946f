"""Have the room of a session that has not begun held by another worker, or say that it is lost."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.promises import Promises
from control_plane_api.application.services.room import give_back, require_licence, require_virtualization
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.sessions import PromiseAnswer, PromiseCapacity
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.placement.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PromiseCapacityCommand(Command[PromiseAnswer]):
    session_id: str
    request: PromiseCapacity


class PromiseCapacityCommandHandler:
    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    async def handle(self, command: PromiseCapacityCommand, uow: UnitOfWork, ctx: CommandContext) -> PromiseAnswer:
        """A promise that stands on a worker that can be counted on is left alone.

        Raises RuleViolation unless the session is PENDING, CapacityRefused when the worker that was named cannot.
        """
        stamp, request = stamp_of(ctx), command.request
        session = await uow.load(LabletSession, command.session_id)
        session.require_in(LabletSessionStatus.PENDING)
        if request.worker_id is not None:
            return await _move_to(uow, session, request.worker_id, request.reason, stamp)
        holder = await _standing(uow, session)
        if holder is not None and holder.id not in request.exclude:
            return PromiseAnswer(worker_id=holder.id, changed=False, summary=f"held by {holder.state.name}")
        exclude = (*request.exclude, *([holder.id] if holder is not None else []))
        found = await self._promises.renew(uow, session, request.reason, stamp, exclude=exclude, late=True)
        if not isinstance(found, Refusal):
            return PromiseAnswer(worker_id=found.id, changed=True, summary=f"held by {found.state.name}")
        changed = session.promise_lost(f"{request.reason}; {found.summary}", stamp)
        return PromiseAnswer(worker_id=None, changed=changed, summary=found.summary)


async def _standing(uow: UnitOfWork, session: LabletSession) -> CMLWorker | None:
    """The worker that holds the room, if it can be counted on."""
    worker_id = session.state.promised_worker_id
    worker = await uow.find(CMLWorker, worker_id) if worker_id is not None else None
    stands = worker is not None and worker.promisable and worker.allocation_of(session.id) is not None
    return worker if stands else None


async def _move_to(uow: UnitOfWork, session: LabletSession, worker_id: str, reason: str, stamp: Stamp) -> PromiseAnswer:
    worker = await uow.load(CMLWorker, worker_id)
    require_licence(session.state.license_affinity, worker, session.id)
    require_virtualization(session.state.nested_virtualization, worker, session.id)
    worker.promise(session.id, session.state.requirements, session.occupation(), stamp)
    previous = session.state.promised_worker_id
    changed = session.promise_moved(worker.id, reason, stamp)
    if changed:
        await give_back(uow, previous, session.id, reason, stamp)
    return PromiseAnswer(worker_id=worker.id, changed=changed, summary=f"held by {worker.state.name}")
