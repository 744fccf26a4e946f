"""INSTANTIATING → READY, with the user session and its devices in the same commit."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletSession, UserSession
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import user_session_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import MarkSessionReady
from lcm_core.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class MarkSessionReadyCommand(Command[Applied]):
    session_id: str
    request: MarkSessionReady


class MarkSessionReadyCommandHandler:
    async def handle(self, command: MarkSessionReadyCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises Conflict when the delivery session belongs to another session of ours."""
        stamp = stamp_of(ctx)
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        session.require_still_on(request.worker_id)
        id = user_session_id(request.lds_session_id)
        delivery = await uow.find(UserSession, id)
        if delivery is not None and delivery.state.lablet_session_id != session.id:
            raise Conflict(
                f"Delivery session {request.lds_session_id!r} belongs to session {delivery.state.lablet_session_id!r}.",
                code="delivery-session-taken",
                facts={"lds_session_id": request.lds_session_id, "session_id": delivery.state.lablet_session_id},
            )
        changed = session.mark_ready(request.cml_lab_id, id, request.lds_session_id, request.login_url, stamp)
        if delivery is None:
            uow.add(_provisioned(id, session, request, stamp))
        elif changed:
            delivery.devices_moved(request.login_url, request.devices, stamp)
        return applied(session, changed)


def _provisioned(id: str, session: LabletSession, request: MarkSessionReady, stamp: Stamp) -> UserSession:
    delivery = UserSession.create(
        id,
        lablet_session_id=session.id,
        lds_session_id=request.lds_session_id,
        lds_deployment=request.lds_deployment,
        form_qualified_name=session.state.form_qualified_name,
        stamp=stamp,
    )
    delivery.provision(request.login_url, request.devices, stamp)
    return delivery
