"""Brings the keys of one kind of aggregate in line with the database."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from control_plane_api.application.hosted_services.etcd_keys import KeyLayout, content_of, lasting_content_of
from lcm_core.clock import Clock
from lcm_core.coordination import Compare, Delete, EtcdClient, KeyValue, Put
from lcm_core.domain.read_models.base import AggregateReadModel

RowT = TypeVar("RowT", bound=AggregateReadModel)
RowT_co = TypeVar("RowT_co", bound=AggregateReadModel, covariant=True)

_REMEMBERED_KEYS = 50_000
KeysTold = Callable[[int, int], None]
"""Called with how many keys are done, and how many there are."""


def nobody(done: int, total: int) -> None:
    """Nobody is watching."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Keys that were written anew, and keys that were deleted because nothing is to be said under them."""

    written: int
    removed: int


class LiveRows(Protocol[RowT_co]):
    """Read models of aggregates that have not ended."""

    async def live(self) -> Sequence[RowT_co]: ...


class KeyPublisher(Generic[RowT]):
    """Writes what changed, deletes what ended.

    A value that says the same as the last one written is not written again: every write wakes the reconcilers that
    watch it. What is remembered only saves writes; ``repair`` looks at what etcd really holds.
    """

    def __init__(self, etcd: EtcdClient, layout: KeyLayout[RowT], rows: LiveRows[RowT], clock: Clock) -> None:
        self._etcd = etcd
        self._layout = layout
        self._rows = rows
        self._clock = clock
        self._said: OrderedDict[str, dict[str, Any]] = OrderedDict()

    async def publish(self, rows: Mapping[str, RowT | None]) -> None:
        """Tell etcd what *rows*, by id, say, unless it knows of later ones; None is an aggregate that is no more.

        Raises ``EtcdUnavailable``; may be repeated.
        """
        changes: dict[str, Mapping[str, Any] | None] = {}
        now = self._clock.now()
        for id, row in rows.items():
            entries = self._layout.entries(row, now) if row is not None else {}
            for key in self._layout.names(id):
                value = entries.get(key)
                if value is None or self._said.get(key) != content_of(value):
                    changes[key] = value
        written = await self._etcd.write_if_newer(changes)
        for key, value in changes.items():
            self._remember(key, value if key in written else None)

    async def repair(self) -> int:
        """Compare every key of this kind with the database and put right what differs; how many keys that were.

        etcd is read first: whatever it holds was committed before, so the database read after it is never the older
        one, and a value that is newer than the database's cannot be right.
        """
        held, wanted = await self._held_and_wanted()
        repaired = 0
        for key in held.keys() | wanted.keys():
            repaired += await self._put_right(key, held.get(key), wanted.get(key))
        return repaired

    async def rebuild(self, told: KeysTold = nobody) -> Rebuilt:
        """Write every key of this kind anew, whatever it says, and delete what does not belong.

        Key by key, so that nobody who watches ever meets a worker or a session that seems to be gone. One that changes
        meanwhile was told by its own commit, and is left as that left it.
        """
        held, wanted = await self._held_and_wanted()
        written = removed = 0
        keys = sorted(held.keys() | wanted.keys())
        for done, key in enumerate(keys, start=1):
            value = wanted.get(key)
            if await self._write(key, held.get(key), value):
                written += value is not None
                removed += value is None
            told(done, len(keys))
        return Rebuilt(written, removed)

    async def _put_right(self, key: str, held: KeyValue | None, wanted: Mapping[str, Any] | None) -> bool:
        """Whether *key* was wrong. One that changed since it was read is left for whoever changed it; one that only the
        passing of time has changed is brought up to date and was not wrong."""
        if held is not None and wanted is not None and _says_the_same(held, wanted):
            self._remember(key, wanted)
            return False
        changed = await self._write(key, held, wanted)
        return changed and not (held is not None and wanted is not None and _has_aged(held, wanted))

    async def _held_and_wanted(self) -> tuple[dict[str, KeyValue], dict[str, Mapping[str, Any]]]:
        held = {kv.key: kv for kv in (await self._etcd.get_prefix(self._layout.prefix)).items}
        now = self._clock.now()
        wanted: dict[str, Mapping[str, Any]] = {}
        for row in await self._rows.live():
            wanted.update(self._layout.entries(row, now))
        return held, wanted

    async def _write(self, key: str, held: KeyValue | None, wanted: Mapping[str, Any] | None) -> bool:
        """Whether *key* was still as it was read, and is now as *wanted*."""
        unchanged = Compare(key, "mod_revision", held.mod_revision if held is not None else 0)
        change = Put(key, json.dumps(wanted, separators=(",", ":")).encode()) if wanted is not None else Delete(key)
        changed = (await self._etcd.txn([unchanged], [change])).succeeded
        if changed:
            self._remember(key, wanted)
        return changed

    def _remember(self, key: str, value: Mapping[str, Any] | None) -> None:
        """What etcd now says under *key*; None when that is not known here."""
        if value is None:
            self._said.pop(key, None)
            return
        self._said[key] = content_of(value)
        self._said.move_to_end(key)
        if len(self._said) > _REMEMBERED_KEYS:
            self._said.popitem(last=False)


def _says_the_same(held: KeyValue, wanted: Mapping[str, Any]) -> bool:
    """An older version is no difference as long as it says the same; a version from the future is."""
    return _agrees(held, wanted, content_of)


def _has_aged(held: KeyValue, wanted: Mapping[str, Any]) -> bool:
    return _agrees(held, wanted, lasting_content_of)


def _agrees(held: KeyValue, wanted: Mapping[str, Any], content: Callable[[Mapping[str, Any]], dict[str, Any]]) -> bool:
    try:
        value = held.json()
        return content(value) == content(wanted) and value["version"] <= wanted["version"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
