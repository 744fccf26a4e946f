"""Live changes in the wire format of server-sent events."""

from __future__ import annotations

import orjson
from fastapi.sse import format_sse_event

from control_plane_api.application.live.live_event import LiveChange
from lcm_core.domain.json_form import instant_text


def encode(change: LiveChange) -> bytes:
    """Frames of all events of the commit.

    Only the last one carries the id, so that a reader that saw half of a commit asks for all of it again.
    """
    commit = change.commit
    row = change.row.model_dump_json().encode() if change.row is not None else b"null"
    last = len(commit.events) - 1
    return b"".join(
        format_sse_event(
            event=event.type,
            id=commit.id if index == last else None,
            data_str=orjson.dumps(
                {
                    "type": event.type,
                    "kind": commit.kind,
                    "aggregate_id": commit.aggregate_id,
                    "version": commit.version,
                    "at": instant_text(commit.at),
                    "actor": commit.metadata.actor,
                    "data": event.data,
                    "row": orjson.Fragment(row),
                }
            ).decode(),
        )
        for index, event in enumerate(commit.events)
    )
