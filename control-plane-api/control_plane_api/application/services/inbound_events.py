"""Each inbound CloudEvent makes its change once: its key is stored in the transaction that makes the change."""

from __future__ import annotations

import hashlib

from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import InboundEventKey
from lcm_core.domain.json_form import instant_text

INBOUND_EVENTS = "inbound_events"


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
    if await uow.holds(INBOUND_EVENTS, id):
        return True
    uow.attach(
        INBOUND_EVENTS,
        {
            "_id": id,
            "source": event.source,
            "id": event.id,
            "type": event.type,
            "session_id": session_id,
            "applied_at": instant_text(stamp.at),
        },
        upsert=True,
    )
    return False
