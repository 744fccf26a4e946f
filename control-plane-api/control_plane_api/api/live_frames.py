"""Live changes in the wire format of server-sent events."""

from __future__ import annotations

import orjson
from fastapi.sse import format_sse_event

from control_plane_api.application.live.live_event import LiveChange
from lcm_core.domain.json_form import instant_text


def encode(change: LiveChange) -> list[bytes]:
    """A frame for each event of the commit, to be sent to every reader as it is.

    The last event carries the id of the commit, those before it also their number: a reader whose connection broke in
    the middle of a commit goes on in the middle.
    """
    commit = change.commit
    row = change.row.model_dump_json().encode() if change.row is not None else b"null"
    last = len(commit.events) - 1
    return [
        format_sse_event(
            event=event.type,
            id=commit.id if index == last else f"{commit.id}#{index}",
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
    ]
