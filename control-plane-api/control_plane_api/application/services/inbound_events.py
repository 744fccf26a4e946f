"""Inbound CloudEvents on record: one document each, under an id that follows from source and id.

The change that an event makes and the word that it was made are one commit, so that it is made once. Every other write
goes by the document's revision: what somebody else decided in between is never overwritten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import InboundEventKey
from lcm_core.contracts.inbound_events import (
    OPEN_STATUSES,
    InboundEvent,
    InboundEventRecord,
    InboundEventStatus,
    InboundVerdict,
    KeepInboundEvents,
)
from lcm_core.domain.json_form import instant_text

INBOUND_EVENTS = "inbound_events"
RECEIVED_ON = "received_on"
"""The same instant as ``received_at``, as a date: only those does the database count days from."""

PARKED_FOR = "parked_for"
"""The session that a parked event waits for; there only as long as it does."""

_S = InboundEventStatus
_SHOWN = frozenset(InboundEventRecord.model_fields) - {"id", "event_id", "data"}


def inbound_event_id(source: str, id: str) -> str:
    """SHA-256, so that no source or id is too long or too strange for a key."""
    return hashlib.sha256(f"{source}|{id}".encode()).hexdigest()


async def seen_before(uow: UnitOfWork, event: InboundEventKey | None, session_id: str, stamp: Stamp) -> bool:
    """Whether *event* made its change before; if not, it counts as made with this commit.

    Of two deliveries at the same instant one meets the other on the session's stream and runs again, to find it here.
    """
    if event is None:
        return False
    id = inbound_event_id(event.source, event.id)
    known = (await uow.documents(INBOUND_EVENTS, [id])).get(id)
    if known is not None and known.get("applied_at") is not None:
        return True
    at = instant_text(stamp.at)
    made = {"session_id": session_id, "status": _S.APPLIED.value, "applied_at": at, "settled_at": at, "reason": ""}
    if known is not None:
        revise(uow, _closed({**known, **made}))
    else:
        kept = {"_id": id, "source": event.source, "id": event.id, "type": event.type}
        uow.attach(INBOUND_EVENTS, {**kept, **made, **_received(stamp.at), "revision": 1}, guard={})
    return False


def new_document(event: InboundEvent, request: KeepInboundEvents, at: datetime) -> dict[str, Any]:
    """Data is kept as text: other people's keys and numbers need not be what a database takes."""
    return {
        "_id": inbound_event_id(event.key.source, event.key.id),
        "source": event.key.source,
        "id": event.key.id,
        "type": event.key.type,
        "subject": event.subject,
        "time": instant_text(event.time) if event.time is not None else None,
        "data": json.dumps(event.data),
        "sender": request.sender,
        "status": _S.RECEIVED.value,
        "attempts": 0,
        **_received(at),
        "due_at": instant_text(at + timedelta(seconds=request.first_look_seconds)),
        "give_up_at": instant_text(at + timedelta(seconds=request.give_up_seconds)),
        "revision": 1,
    }


def settled(document: Mapping[str, Any], verdict: InboundVerdict, at: datetime) -> dict[str, Any] | None:
    """*document* with *verdict*; None when it is settled already, by a change that was made or by somebody else."""
    status = _S(document.get("status", _S.APPLIED))
    made_without_effect = status is _S.APPLIED and verdict.status is _S.UNCHANGED
    if status not in OPEN_STATUSES and not made_without_effect:
        return None
    if made_without_effect:
        # nothing was changed by it: an operator may have it applied again
        document = {name: value for name, value in document.items() if name != "applied_at"}
    told = {
        "status": verdict.status.value,
        "reason": verdict.reason,
        "session_id": verdict.session_id or document.get("session_id"),
        "attempts": document.get("attempts", 0) + 1,
    }
    if verdict.status not in OPEN_STATUSES:
        return _closed({**document, **told, "settled_at": instant_text(at)})
    open_still = {**document, **told, "due_at": instant_text(at + timedelta(seconds=verdict.retry_seconds or 0))}
    open_still.pop(PARKED_FOR, None)
    if verdict.status is _S.PARKED:
        open_still[PARKED_FOR] = told["session_id"]
    return open_still


def reopened(document: Mapping[str, Any], *, by: str, at: datetime, give_up_seconds: float) -> dict[str, Any]:
    """*document* to be applied again at once; who wanted that is kept with it."""
    replays = [*document.get("replays", ()), {"at": instant_text(at), "by": by}]
    again = {**document, "status": _S.RECEIVED.value, "attempts": 0, "replays": replays}
    for over in ("settled_at", PARKED_FOR):
        again.pop(over, None)
    give_up_at = at + timedelta(seconds=give_up_seconds)
    return {**again, "due_at": instant_text(at), "give_up_at": instant_text(give_up_at)}


def revise(uow: UnitOfWork, document: Mapping[str, Any]) -> None:
    """Write a changed document, unless it is another one by now than the one that was read."""
    revision = document.get("revision")
    uow.attach(INBOUND_EVENTS, {**document, "revision": (revision or 0) + 1}, guard={"revision": revision})


def record_of(document: Mapping[str, Any]) -> InboundEventRecord:
    shown = {name: document[name] for name in _SHOWN if document.get(name) is not None}
    data = document.get("data")
    return InboundEventRecord.model_validate(
        {
            "status": _S.APPLIED,
            "received_at": document.get("applied_at"),
            **shown,
            "id": document["_id"],
            "event_id": document["id"],
            "data": json.loads(data) if isinstance(data, str) else None,
        }
    )


def _received(at: datetime) -> dict[str, Any]:
    milliseconds = at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)
    return {"received_at": instant_text(at), RECEIVED_ON: milliseconds}


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    """Without what makes it come up again."""
    return {name: value for name, value in document.items() if name not in ("due_at", "give_up_at", PARKED_FOR)}
