"""Each notification has a row, written in the commit that changes it: its stream goes on with the next one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from control_plane_api.domain.entities import Notification
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.notifications import NotificationRecord
from lcm_core.domain.json_form import to_json_form

NOTIFICATION_LOG = "notification_log"
CLEARED_ON = "cleared_on"
"""The same instant as ``cleared_at``, as a date: only from those does the database count days."""
_COMPUTED = {"title", "advice"}


def record_of(document: Mapping[str, Any]) -> NotificationRecord:
    """A stored row."""
    fields = {name: document[name] for name in NotificationRecord.model_fields if name in document}
    return NotificationRecord.model_validate({**fields, "id": document["_id"]})


def record_now(notification: Notification) -> NotificationRecord:
    """The last one of *notification*, as it is with what is pending."""
    state = notification.state
    fields = {name: value for name, value in vars(state).items() if name in NotificationRecord.model_fields}
    return NotificationRecord(**fields, id=f"{notification.id}-{state.number}", active=notification.active)


def keep_record(uow: UnitOfWork, notification: Notification) -> None:
    record = record_now(notification)
    document = {"_id": record.id, **to_json_form(record)}
    for name in ("id", *_COMPUTED):
        del document[name]
    if record.cleared_at is not None:
        document[CLEARED_ON] = record.cleared_at
    uow.attach(NOTIFICATION_LOG, document, upsert=True)


def parts_of(record_id: str) -> tuple[str, int]:
    """The stream's id and the number in *record_id*; a number of 0 for what is no such id."""
    id, _, number = record_id.rpartition("-")
    return id, int(number) if number.isdecimal() and len(number) < 10 else 0
