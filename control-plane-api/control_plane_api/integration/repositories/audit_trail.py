"""The audit on MongoDB: the event log itself, and the refused attempts beside it, read as one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from control_plane_api.application.listings import AUDIT_CHANGES, AUDIT_REFUSALS, Listing
from control_plane_api.application.paging import Between, Page, PageRequest, Position
from control_plane_api.application.services.audit_entries import entry_of, refusal_of
from control_plane_api.application.services.audit_trail import AuditFilter
from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.repositories.pages_by_time import PageReader
from lcm_core.clock import Clock
from lcm_core.contracts.audit import AuditEntry, AuditOutcome
from lcm_core.domain.commit import Commit, stream_id
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.eventstore.stream_reader import read_commits, stream_length
from lcm_core.side_by_side import side_by_side

_COMMITS_PER_READ = 200
_MOST_TYPES_ASKED_FOR = 8
_OUT_OF_ORDER = 20
"""So many commits of a stream may lie between two that the clocks of two instances stamped the wrong way round."""


class MongoAuditTrail:
    """``AuditTrail``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        found: list[AuditEntry] = []
        if wanted.outcome is not AuditOutcome.REFUSED:
            found += await self._changes(wanted, page)
        if wanted.outcome is not AuditOutcome.CHANGED and wanted.event_type is None:
            found += await self._refusals(wanted, page)
        found.sort(key=_place, reverse=True)
        rows = found[: page.limit]
        return Page(rows, Position(*_place(rows[-1])) if len(found) > page.limit else None)

    async def _changes(self, wanted: AuditFilter, page: PageRequest) -> list[AuditEntry]:
        if wanted.resource_type is not None and wanted.resource_id is not None:
            return await self._of_stream(wanted, stream_id(wanted.resource_type, wanted.resource_id), page)
        equality: dict[str, Any] = {}
        if wanted.actor is not None:
            equality["metadata.actor"] = wanted.actor
        if wanted.correlation_id is not None:
            equality["metadata.correlation_id"] = wanted.correlation_id
        types = _types(wanted)
        if types is None:
            return await self._commits(equality, wanted.between, page)
        if len(types) > _MOST_TYPES_ASKED_FOR:
            # A kind with many types makes most of the log: walking through time finds it at once.
            return await self._commits({**equality, "kind": wanted.resource_type}, wanted.between, page)
        # At one time, each in the order of its index; not every server keeps to it for several values together.
        async with side_by_side() as group:
            searching = [
                group.create_task(self._commits({**equality, "events.type": type}, wanted.between, page))
                for type in types
            ]
        # A commit with events of two types is found twice.
        return list({entry.id: entry for search in searching for entry in search.result()}.values())

    async def _commits(self, equality: dict[str, Any], between: Between | None, page: PageRequest) -> list[AuditEntry]:
        with store_errors("searching the log"):
            documents = await self._newest(AUDIT_CHANGES, equality, between, page)
        return [entry_of(Commit.from_document(document)) for document in documents]

    async def _of_stream(self, wanted: AuditFilter, stream: str, page: PageRequest) -> list[AuditEntry]:
        """From the end of the stream, or where the page before ended: the ids of its commits follow from their numbers,
        which no index beats."""
        found: list[AuditEntry] = []
        types = _types(wanted)
        last = await stream_length(self._db, AGGREGATES, stream)
        if page.after is not None and last > _COMMITS_PER_READ:
            last = min(last, await self._last_until(stream, last, page.after.at) + _OUT_OF_ORDER)
        while last > 0 and len(found) <= page.limit:
            first = max(1, last - _COMMITS_PER_READ + 1)
            commits = await read_commits(self._db, stream, first=first, last=last)
            found += [entry_of(each) for each in reversed(commits) if _matches(each, wanted, types, page.after)]
            last = first - 1
        return found[: page.limit + 1]

    async def _last_until(self, stream: str, length: int, at: str) -> int:
        """The number of the last commit that is not younger than *at*: by halves, so that no page costs more reads than
        another. One that is missing counts as older; more is read then than needs be."""
        older, younger = 0, length + 1
        while younger - older > 1:
            middle = (older + younger) // 2
            found = await read_commits(self._db, stream, first=middle, last=middle)
            if found and instant_text(found[0].metadata.at) > at:
                younger = middle
            else:
                older = middle
        return older

    async def _refusals(self, wanted: AuditFilter, page: PageRequest) -> list[AuditEntry]:
        given = {
            "actor": wanted.actor,
            "resource_type": wanted.resource_type,
            "resource_id": wanted.resource_id,
            "correlation_id": wanted.correlation_id,
        }
        equality = {name: value for name, value in given.items() if value is not None}
        with store_errors("searching refused attempts"):
            documents = await self._newest(AUDIT_REFUSALS, equality, wanted.between, page)
        return [refusal_of(document) for document in documents]

    async def _newest(
        self, listing: Listing, equality: Mapping[str, Any], between: Between | None, page: PageRequest
    ) -> list[Document]:
        collection, order = self._db[listing.collection], listing.order("-at")
        reader = PageReader(collection, listing, equality, order, self._clock.now(), between)
        return await reader.read(page.after, page.limit + 1)


def _types(wanted: AuditFilter) -> Sequence[str] | None:
    """The stored types that the filter means; None when it means all, empty when there is none such."""
    if wanted.event_type is None and wanted.resource_type is None:
        return None
    prefix = f"{wanted.resource_type}." if wanted.resource_type is not None else ""
    return [
        type
        for entry in EVENTS.catalogue()
        for type in (f"{entry.name}.v{version}" for version in range(1, entry.version + 1))
        if wanted.event_type in (None, entry.name, type) and type.startswith(prefix)
    ]


def _matches(commit: Commit, wanted: AuditFilter, types: Sequence[str] | None, after: Position | None) -> bool:
    said = commit.metadata
    return (
        wanted.actor in (None, said.actor)
        and wanted.correlation_id in (None, said.correlation_id)
        and (types is None or any(event.type in types for event in commit.events))
        and (wanted.between is None or wanted.between.start <= said.at < wanted.between.end)
        and (after is None or (instant_text(said.at), commit.id) < (after.at, after.id))
    )


def _place(entry: AuditEntry) -> tuple[str, str]:
    return instant_text(entry.at), entry.id
