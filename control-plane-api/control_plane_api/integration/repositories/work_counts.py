"""How much work waits, counted from indexes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from control_plane_api.application.services.inbound_events import INBOUND_EVENTS
from control_plane_api.application.services.work_counts import MOST_COUNTED_WORK, WorkCounts
from control_plane_api.integration.webhooks.collections import OUTBOUND_DEAD_LETTERS, OUTBOUND_QUEUE
from lcm_core.contracts.inbound_events import InboundEventStatus
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.eventstore.collections import EVENTS, Database
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.side_by_side import side_by_side


class MongoWorkCounts:
    """``CountsWork``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self) -> WorkCounts:
        counted: Mapping[str, tuple[str, Mapping[str, Any]]] = {
            "to_place": ("lablet_sessions", {"status": LabletSessionStatus.PENDING.value}),
            "inbound_to_apply": (INBOUND_EVENTS, {"status": InboundEventStatus.RECEIVED.value}),
            "inbound_parked": (INBOUND_EVENTS, {"status": InboundEventStatus.PARKED.value}),
            "inbound_dead": (INBOUND_EVENTS, {"status": InboundEventStatus.DEAD_LETTERED.value}),
            "deliveries_waiting": (OUTBOUND_QUEUE, {}),
            "outbound_dead": (OUTBOUND_DEAD_LETTERS, {}),
        }
        with store_errors("counting what waits"):
            async with side_by_side() as group:
                counting = {name: group.create_task(self._count(*wanted)) for name, wanted in counted.items()}
                oldest = group.create_task(self._first(OUTBOUND_QUEUE, "queued_at", 1))
                newest = group.create_task(self._first(EVENTS, "metadata.at", -1))
        counts = {name: task.result() for name, task in counting.items()}
        return WorkCounts(**counts, deliveries_since=oldest.result(), newest_commit_at=newest.result())

    async def _count(self, collection: str, matching: Mapping[str, Any]) -> int:
        if not matching:
            return min(await self._database[collection].estimated_document_count(), MOST_COUNTED_WORK)
        return await self._database[collection].count_documents(matching, limit=MOST_COUNTED_WORK)

    async def _first(self, collection: str, field: str, direction: int) -> datetime | None:
        found = await self._database[collection].find({}, {field: 1}).sort(field, direction).limit(1).to_list()
        if not found:
            return None
        value: Any = found[0]
        for name in field.split("."):
            value = value[name]
        return datetime.fromisoformat(value)
