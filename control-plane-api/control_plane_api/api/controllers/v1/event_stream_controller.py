"""/api/v1/events/stream: everything that happens, as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import AbstractContextManager
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from control_plane_api.api.access import Viewer
from control_plane_api.api.live_stream_response import LiveStreamResponse
from control_plane_api.api.services import Services
from control_plane_api.application.live.live_event import LiveEvent
from control_plane_api.application.live.live_event_hub import LiveEventHub
from control_plane_api.application.live.snapshot import Snapshot
from lcm_core.auth.dependencies import still_let_in
from lcm_core.domain.json_form import instant_text

router = APIRouter(prefix="/api/v1/events", tags=["events"])

SECTION_OF_KIND = {"lablet_session": "sessions", "cml_worker": "workers"}
_RECONNECT_AFTER_MS = 1000
_LOOK_AGAIN_SECONDS = 10.0
"""After so long a stream looks whether its reader may still read, before it sends anything more."""


@router.get(
    "/stream",
    summary="Live events",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events; each `data` is JSON of this form.",
            "content": {"text/event-stream": {"schema": LiveEvent.model_json_schema()}},
        }
    },
)
async def stream(
    request: Request,
    services: Services,
    principal: Viewer,
    kinds: Annotated[
        str | None,
        Query(
            max_length=200,
            pattern=r"^[a-z_]+(,[a-z_]+)*$",
            description="Kinds of aggregates, separated by commas; all when left out.",
            examples=["lablet_session,cml_worker"],
        ),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=200, description="Id of the last event seen; sent by browsers that reconnect.")
    ] = None,
) -> Response:
    """Begins with an event `snapshot` (`sessions`, `workers`, `as_of`), then one event per domain event, named by type.

    `data` is `{type, kind, aggregate_id, version, at, actor, data, row}`; `row` is the aggregate's read model, of that
    version or a later one: never let a row replace one with a higher version. With `Last-Event-ID` the stream goes on
    where it was and sends no snapshot, as long as the events since then are still kept. An event may come twice.
    A stream ends soon after the credentials that it was opened with: the token expires, the browser is logged out.
    """
    services.seats.check(principal)
    wanted = frozenset(kinds.split(",")) if kinds else None
    seen = services.hub.position_of(last_event_id) if last_event_id else None
    snapshot = await services.snapshots.get() if seen is None else None
    position = snapshot.position if snapshot is not None else (seen or 0)
    first = _snapshot_frame(snapshot, wanted) if snapshot is not None else b""
    seat = services.seats.take(principal)
    return LiveStreamResponse(_frames(services.hub, position, wanted, first, seat, request))


async def _frames(
    hub: LiveEventHub,
    position: int,
    kinds: Collection[str] | None,
    first: bytes,
    seat: AbstractContextManager[None],
    request: Request,
) -> AsyncGenerator[bytes]:
    loop = asyncio.get_running_loop()
    looked_at = loop.time()
    with seat, hub.subscribe(after=position, kinds=kinds) as subscription:
        yield b"retry: %d\n\n" % _RECONNECT_AFTER_MS + first
        while (frames := await subscription.next_frames()) is not None:
            if loop.time() - looked_at >= _LOOK_AGAIN_SECONDS:
                if not await still_let_in(request):
                    return
                looked_at = loop.time()
            yield frames or KEEPALIVE_COMMENT


def _snapshot_frame(snapshot: Snapshot, kinds: Collection[str] | None) -> bytes:
    sections = {
        section: orjson.Fragment(snapshot.sections[section])
        for kind, section in SECTION_OF_KIND.items()
        if kinds is None or kind in kinds
    }
    data = orjson.dumps({**sections, "as_of": instant_text(snapshot.as_of)}).decode()
    return format_sse_event(event="snapshot", id=snapshot.commit_id, data_str=data)
