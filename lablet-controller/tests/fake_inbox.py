"""Kept inbound events of the control plane in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from lcm_core.clock import Clock
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import (
    OPEN_STATUSES,
    InboundEventRecord,
    InboundEventStatus,
    InboundVerdict,
    KeepInboundEvents,
    SettleInboundEvents,
)
from lcm_core.domain.errors import NotFound

_S = InboundEventStatus


class FakeInbox:
    """``records`` by id, which is source and id of the event; ``kept`` counts the requests."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.records: dict[str, InboundEventRecord] = {}
        self.kept = 0

    def request(self, method: str, first: str, second: str | None, json: Any) -> Any:
        if method == "POST":
            return self._keep(json) if first == "kept" else self._settle(json)
        if first == "due":
            now = self.clock.now()
            found = [each for each in self.records.values() if each.due_at is not None and each.due_at <= now]
        elif first == "parked":
            found = [each for each in self.records.values() if each.status is _S.PARKED and each.session_id == second]
        else:
            if second not in self.records:
                raise NotFound("inbound event", second or "")
            return self.records[second].model_dump(mode="json")
        return [each.model_dump(mode="json") for each in found]

    def applied(self, event: Mapping[str, Any], session_id: str) -> None:
        """In the commit of the change that the event makes."""
        id = f"{event['source']}/{event['id']}"
        if id in self.records:
            made = {"status": _S.APPLIED, "session_id": session_id, "due_at": None, "applied_at": self.clock.now()}
            self.records[id] = self.records[id].model_copy(update=made)

    def replay(self, id: str) -> None:
        now = self.clock.now()
        again = {"status": _S.RECEIVED, "attempts": 0, "due_at": now, "give_up_at": now + timedelta(hours=1)}
        self.records[id] = self.records[id].model_copy(update=again)

    def having(self, status: InboundEventStatus) -> list[InboundEventRecord]:
        return [record for record in self.records.values() if record.status is status]

    def _keep(self, json: Any) -> Any:
        self.kept += 1
        request, now = KeepInboundEvents.model_validate(json), self.clock.now()
        ids = [f"{event.key.source}/{event.key.id}" for event in request.events]
        for id, event in zip(ids, request.events, strict=True):
            record = InboundEventRecord(
                id=id,
                source=event.key.source,
                event_id=event.key.id,
                type=event.key.type,
                time=event.time,
                data=event.data,
                sender=request.sender,
                status=_S.RECEIVED,
                received_at=now,
                due_at=now + timedelta(seconds=request.first_look_seconds),
                give_up_at=now + timedelta(seconds=request.give_up_seconds),
            )
            self.records.setdefault(id, record)
        return [self.records[id].model_dump(mode="json") for id in ids]

    def _settle(self, json: Any) -> Any:
        for verdict in SettleInboundEvents.model_validate(json).verdicts:
            record = self.records[verdict.id]
            refined = (record.status, verdict.status) == (_S.APPLIED, _S.UNCHANGED)
            if record.status in OPEN_STATUSES or refined:
                self.records[verdict.id] = self._settled(record, verdict)
        return Applied(applied=True).model_dump(mode="json")

    def _settled(self, record: InboundEventRecord, verdict: InboundVerdict) -> InboundEventRecord:
        due = None
        if verdict.status in OPEN_STATUSES:
            due = self.clock.now() + timedelta(seconds=verdict.retry_seconds or 0)
        told = {
            "status": verdict.status,
            "reason": verdict.reason,
            "session_id": verdict.session_id or record.session_id,
            "attempts": record.attempts + 1,
            "due_at": due,
        }
        return record.model_copy(update=told)
