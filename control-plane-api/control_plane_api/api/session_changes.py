"""A command of a person on one session, and the session after it."""

from __future__ import annotations

from collections.abc import Mapping

from control_plane_api.api.access import context_for
from control_plane_api.api.request_conditions import ChangeRequest, tag
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.get_lablet_session_query import GetLabletSessionQuery
from lcm_core.application.mediator import Command
from lcm_core.auth import Principal
from lcm_core.contracts.base import Applied
from lcm_core.domain.read_models import LabletSessionReadModel


async def change_session(
    session_id: str,
    command: Command[Applied],
    mediator: MediatorOf,
    principal: Principal,
    change: ChangeRequest,
    reason: str,
) -> LabletSessionReadModel:
    """The session after *command*, or after the request that did it before. *reason* is kept with the commit."""

    async def work() -> LabletSessionReadModel:
        await mediator.execute(command, context_for(principal, reason))
        return await mediator.query(GetLabletSessionQuery(session_id))

    async def again(_: Mapping[str, str]) -> LabletSessionReadModel:
        return await mediator.query(GetLabletSessionQuery(session_id))

    session = await change.do(work, again, kind="lablet_session", id=session_id)
    tag(change.response, session)
    return session
