"""Follows the workers' keys in etcd and tells the fleet view what changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import NoReturn

import structlog
from pydantic import ValidationError

from lcm_core.coordination import KeyValue, WatchEventKind, WatchResync
from lcm_core.reconcile import WatchSource
from resource_scheduler.application.services.fleet_view import CapacityHint, FleetChange, FleetView

log = structlog.stdlib.get_logger(__name__)

_LEAF = "capacity"


class CapacityWatch:
    """A hosted service of the leader; *on_change* is told what each change may mean for sessions."""

    name = "capacity-watch"

    def __init__(
        self, source: WatchSource, fleet: FleetView, *, root: str, on_change: Callable[[FleetChange], None]
    ) -> None:
        self._source = source
        self._fleet = fleet
        self._prefix = f"{root}/workers/"
        self._on_change = on_change

    async def run(self) -> NoReturn:
        self._fleet.forget()
        async with aclosing(self._source.watch_prefix(self._prefix)) as changes:
            async for change in changes:
                if isinstance(change, WatchResync):
                    await self._start_over(change)
                    continue
                for event in change.events:
                    self._take(event.kv, gone=event.kind is WatchEventKind.DELETE)
        raise AssertionError("a watch goes on until it is cancelled")

    async def _start_over(self, resync: WatchResync) -> None:
        await self._fleet.reload()
        for kv in resync.items:
            self._take(kv, gone=False)
        self._on_change(FleetChange(room_may_have_grown=True))

    def _take(self, kv: KeyValue, *, gone: bool) -> None:
        worker_id, _, leaf = kv.key.removeprefix(self._prefix).partition("/")
        if leaf != _LEAF or not worker_id:
            return
        change = self._fleet.apply(worker_id, None if gone else _hint(kv))
        if change.room_may_have_grown or change.affected_sessions:
            self._on_change(change)


def _hint(kv: KeyValue) -> CapacityHint | None:
    """None when the value cannot be read: then the worker is asked for by name."""
    try:
        return CapacityHint.model_validate_json(kv.value)
    except ValidationError as error:
        log.warning("capacity_hint_unreadable", key=kv.key, problems=error.error_count())
        return None
