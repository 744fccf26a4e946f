"""The WebSocket ``/ws/ui``: one message with a token in, events out."""

import asyncio
import json
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from lcm_simulators.cml.api.context import HostContext, host_context
from lcm_simulators.cml.api.tokens import read_token
from lcm_simulators.cml.api.views.system_views import stats
from lcm_simulators.cml.model.accounts import User
from lcm_simulators.cml.model.refusals import CmlRefusal

router = APIRouter()
LOGIN_DEADLINE_SECONDS = 30.0
STATS_SECONDS = 1.0
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013


@router.websocket("/ws/ui")
async def event_stream(websocket: WebSocket) -> None:
    ctx = host_context(websocket)
    if ctx.hub.closed:
        await websocket.close()  # before it is accepted: the handshake is answered 403
        return
    await websocket.accept()
    try:
        user, lab_filter = await _log_in(websocket, ctx)
    except (CmlRefusal, ValueError, KeyError, TimeoutError):
        await websocket.close(POLICY_VIOLATION, "no valid token")
        return
    except WebSocketDisconnect:
        return
    with ctx.hub.listen() as queue:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(_send(websocket, ctx, user, lab_filter, queue))
            try:
                while True:
                    await websocket.receive_text()
            except WebSocketDisconnect:
                sending.cancel()


async def _log_in(websocket: WebSocket, ctx: HostContext) -> tuple[User, str | None]:
    async with asyncio.timeout(LOGIN_DEADLINE_SECONDS):
        request = json.loads(await websocket.receive_text())
    claims = read_token(ctx.host, request["token"], ctx.now)
    return ctx.host.accounts.user(claims.user_id), request.get("lab_filter")


async def _send(
    websocket: WebSocket, ctx: HostContext, user: User, lab_filter: str | None, queue: asyncio.Queue[dict[str, Any]]
) -> None:
    """Events of the labs that the user may see, and statistics of the host every few seconds."""
    while ctx.hub.is_listening(queue):
        try:
            async with asyncio.timeout(STATS_SECONDS):
                message = await queue.get()
        except TimeoutError:
            message = {"event_type": "system_stats", "event": "stats", "data": stats(ctx.host)}
        lab_id = message.get("lab_id")
        lab = ctx.host.labs.get(lab_id) if lab_id else None
        hidden = lab is not None and not ctx.host.may_see(user, lab)
        if not hidden and (lab_id is None or lab_filter in (None, lab_id)):
            await websocket.send_text(json.dumps(message))
    await websocket.close(TRY_AGAIN_LATER, "too slow")
