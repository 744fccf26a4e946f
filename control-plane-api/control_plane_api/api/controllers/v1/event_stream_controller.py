"""/api/v1/events/stream: everything that happens, as server-sent events."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from control_plane_api.api.access import Follower, booking_scope, owner_scope
from control_plane_api.api.live_stream_response import LiveStreamResponse
from control_plane_api.api.services import LiveTelling, Services
from control_plane_api.application.live.interest import Interest
from control_plane_api.application.live.live_event import LiveEvent
from control_plane_api.application.live.live_event_hub import HEARTBEAT_SECONDS, Place
from control_plane_api.application.live.snapshot import Snapshot
from lcm_core.auth.dependencies import still_let_in
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.json_form import instant_text

router = APIRouter(prefix="/api/v1/events", tags=["events"])

SECTION_OF_KIND = {"lablet_session": "sessions", "cml_worker": "workers"}
_OWNED_KINDS = frozenset({"lablet_session"})
_RECONNECT_AFTER_MS = 1000
_CATCH_UP_SECONDS = 5.0


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
async def stream_events(
    request: Request,
    services: Services,
    principal: Follower,
    kinds: Annotated[
        str | None,
        Query(
            max_length=200,
            pattern=r"^[a-z_]+(,[a-z_]+)*$",
            description="Kinds of aggregates, separated by commas; all when left out.",
            examples=["lablet_session,cml_worker"],
        ),
    ] = None,
    resources: Annotated[
        str | None,
        Query(
            max_length=4000,
            pattern=r"^[a-z_]+:[A-Za-z0-9_.-]+(,[a-z_]+:[A-Za-z0-9_.-]+)*$",
            description="Single aggregates, as kind:id, separated by commas; all when left out.",
            examples=["lablet_session:3f1c,cml_worker:77aa"],
        ),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=340, description="Id of the last event seen; sent by browsers that reconnect.")
    ] = None,
) -> Response:
    """Begins with an event `snapshot` (`sessions`, `workers`, `as_of`), then one event per domain event, named by type.

    `data` is `{type, kind, aggregate_id, version, at, actor, data, row}`; `row` is the aggregate's read model, of that
    version or a later one: never let a row replace one with a higher version. With `Last-Event-ID` the stream goes on
    right behind that event and sends no snapshot, on any replica and after a restart, as long as the events since then
    are still kept; else it begins with a snapshot again. An LMS is told of its own bookings and sessions only, and
    of subscriptions, exports of the audit and maintenance nobody is told but operators and whom they belong to. The
    stream ends when the token or the login ends, and when its reader cannot keep up: reconnect.
    """
    services.seats.check(principal)
    interest = Interest(
        kinds=frozenset(kinds.split(",")) if kinds else None,
        resources=frozenset(_named(each) for each in resources.split(",")) if resources else None,
        owner=owner_scope(principal),
        private_owner=booking_scope(principal),
    )
    live = services.live
    place = await _place(live, last_event_id)
    snapshot = await live.snapshots.get() if place is None else None
    first = _snapshot_frame(snapshot, interest) if snapshot is not None else b""
    services.seats.check(principal)  # Others of the same caller may have begun meanwhile.
    after = place or Place(snapshot.position if snapshot is not None else 0)
    seat = services.seats.take(principal)
    return LiveStreamResponse(_frames(live, after, interest, first, seat, lambda: still_let_in(request, principal)))


def _named(resource: str) -> tuple[str, str]:
    kind, _, id = resource.partition(":")
    return kind, id


async def _place(live: LiveTelling, last_event_id: str | None) -> Place | None:
    """Right after a start the past is still being read again; nobody is sent a part of it as news."""
    try:
        async with asyncio.timeout(_CATCH_UP_SECONDS):
            await live.feed.wait_caught_up()
    except TimeoutError:
        return None
    return live.hub.place_of(last_event_id) if last_event_id else None


async def _frames(
    live: LiveTelling,
    after: Place,
    interest: Interest,
    first: bytes,
    seat: AbstractContextManager[None],
    allowed: Callable[[], Awaitable[bool]],
) -> AsyncGenerator[bytes]:
    now = asyncio.get_running_loop().time
    beat = now() + HEARTBEAT_SECONDS
    # Streams that began together are not all looked at in one moment, in which an event would wait for it.
    recheck = now() + live.recheck_seconds * random.uniform(0.5, 1.0)
    with seat, live.hub.subscribe(after=after, interest=interest) as subscription:
        yield b"retry: %d\n\n" % _RECONNECT_AFTER_MS + first
        while True:
            frames = await subscription.next_frames(max(0.0, min(beat, recheck) - now()))
            if frames is None:
                return
            if now() >= recheck:
                if not await _may_go_on(allowed):
                    return
                recheck = now() + live.recheck_seconds
            if frames or now() >= beat:
                yield frames or KEEPALIVE_COMMENT
                beat = now() + HEARTBEAT_SECONDS


async def _may_go_on(allowed: Callable[[], Awaitable[bool]]) -> bool:
    """While nobody can be asked nothing is known against the reader; nothing happens then either."""
    try:
        return await allowed()
    except FarEndError:
        return True


def _snapshot_frame(snapshot: Snapshot, interest: Interest) -> bytes:
    sections = {
        section: orjson.Fragment(snapshot.sections[kind].seen_with(interest))
        for kind, section in SECTION_OF_KIND.items()
        if (interest.kinds is None or kind in interest.kinds) and (interest.owner is None or kind in _OWNED_KINDS)
    }
    data = orjson.dumps({**sections, "as_of": instant_text(snapshot.as_of)}).decode()
    return format_sse_event(event="snapshot", id=snapshot.commit_id, data_str=data)
