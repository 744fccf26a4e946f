"""An operator gives a session that has not begun another worker: what it leaves and what it gets is one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.admission import refused
from control_plane_api.application.services.placing_by_hand import Order, is_due, put_on, vacate
from control_plane_api.application.services.promises import Promises
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import RePlaceSession
from lcm_core.placement.refusal import Refusal


@dataclass(frozen=True, slots=True)
class RePlaceSessionCommand(Command[Applied]):
    session_id: str
    request: RePlaceSession


class RePlaceSessionCommandHandler:
    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    async def handle(self, command: RePlaceSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Late when it is not on the worker that it was to leave.

        Raises IllegalTransition once the learner has begun; CapacityRefused, with the reasons and other times, when
        nobody else can have it in time: it then stays where it is.
        """
        stamp, request = stamp_of(ctx), command.request
        session = await uow.load(LabletSession, command.session_id)
        if request.worker_id is not None and request.worker_id != session.holder:
            return applied(session, False, LATE)
        left = await vacate(uow, session, request.reason, stamp)
        exclude = (left,) if left is not None else ()
        found = await self._promises.renew(uow, session, request.reason, stamp, exclude=exclude)
        if isinstance(found, Refusal):
            raise refused(found, timedelta(seconds=session.state.lead_seconds), session.state.timeslot.duration)
        if found.placeable and is_due(session, found, stamp):
            await put_on(uow, session, found, Order(request.reason), stamp)
        return applied(session, True)
