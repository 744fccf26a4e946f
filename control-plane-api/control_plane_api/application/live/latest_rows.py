"""Read models of what has just changed: what this process has committed itself is not read back."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from control_plane_api.application.live.row_replay import RowReplay
from control_plane_api.application.rows import Completed, Rows
from control_plane_api.domain.entities import read_model_from_document, read_model_of
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.json_form import JsonObject
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.eventstore.together import Together

_REMEMBERED_ROWS = 5_000

_Key = tuple[str, str]
ValueT = TypeVar("ValueT")


class LatestRows:
    """*rows* by kind are read where nothing new enough is known; *models* are those of the kinds whose row follows from
    the log, and *completed* knows what belongs to it besides.

    A row may be older than the database. Who asks says how old it may be: the version of the commit that it is about.
    """

    def __init__(
        self,
        rows: Mapping[str, Rows[Any]],
        models: Mapping[str, type[AggregateReadModel]],
        completed: Mapping[str, Completed[Any]] | None = None,
    ) -> None:
        self._models = dict(models)
        self._reading = {kind: Together(_by_id(each)) for kind, each in rows.items()}
        self._completing = {
            kind: Together(self._completion(kind, each, rows[kind])) for kind, each in (completed or {}).items()
        }
        self._written: OrderedDict[_Key, JsonObject] = OrderedDict()
        self._known: OrderedDict[_Key, AggregateReadModel] = OrderedDict()
        self._replay = RowReplay(models)

    def keep(
        self, commits: Sequence[Commit], documents: Sequence[JsonObject], aggregates: Sequence[AnyAggregate]
    ) -> None:
        """*documents* and *aggregates* are as these commits left them. Documents are made into rows when somebody
        asks; an aggregate of frozen parts gives its row away as it is.
        """
        for commit, document, aggregate in zip(commits, documents, aggregates, strict=True):
            key, model = (commit.kind, commit.aggregate_id), self._models.get(commit.kind)
            if model is None:
                continue
            if aggregate.frozen_parts:
                self._take(key, read_model_of(aggregate, model))
            else:
                _remember(self._written, key, document)
            self._replay.begin_at(commit, document)

    def follow(self, commits: Sequence[Commit]) -> None:
        """*commits* are those of every process, in their order: most rows follow from the one before and the commit."""
        for commit in commits:
            key = commit.kind, commit.aggregate_id
            self._take_written(key)
            known = self._known.get(key)
            if known is not None and known.version >= commit.version:
                continue
            row = self._replay.after(commit)
            if row is not None:
                self._take(key, row)

    def forget(self) -> None:
        """Commits were missed, so that nobody asks for the versions that they made."""
        self._written.clear()
        self._known.clear()
        self._replay.forget()

    async def find_all(self, wanted: Sequence[tuple[str, str, int]]) -> list[AggregateReadModel | None]:
        """``find`` for each kind, id and version; nobody waits where all are known, and nothing is to be completed."""
        rows = {each: self._new_enough(*each) for each in wanted}
        unknown = [each for each, row in rows.items() if row is None or each[0] in self._completing]
        if unknown:
            rows |= zip(unknown, await asyncio.gather(*(self.find(*each) for each in unknown)), strict=True)
        return [rows[each] for each in wanted]

    async def find(self, kind: str, id: str, version: int) -> AggregateReadModel | None:
        """The aggregate at *version* or later; None when its kind has no rows, or it is gone.

        Those that are asked for at one time are read together. Raises ``StoreUnavailable``.
        """
        known = self._new_enough(kind, id, version)
        if known is not None:
            completing = self._completing.get(kind)
            return known if completing is None else await completing.of(id)
        reading = self._reading.get(kind)
        row = await reading.of(id) if reading is not None else None
        if row is not None:
            self._take((kind, id), row)
        return row

    def _completion(self, kind: str, completed: Completed[Any], rows: Rows[Any]) -> Any:
        async def look_up(ids: Sequence[str]) -> Mapping[str, AggregateReadModel]:
            known = [row for id in ids if (row := self._known.get((kind, id))) is not None]
            found = {row.id: row for row in await completed.completed(known)}
            forgotten = [id for id in ids if id not in found]
            return found | {row.id: row for row in (await rows.by_ids(forgotten) if forgotten else [])}

        return look_up

    def _new_enough(self, kind: str, id: str, version: int) -> AggregateReadModel | None:
        self._take_written((kind, id))
        known = self._known.get((kind, id))
        return known if known is not None and known.version >= version else None

    def _take_written(self, key: _Key) -> None:
        document = self._written.pop(key, None)
        if document is not None:
            self._take(key, read_model_from_document(document, self._models[key[0]]))

    def _take(self, key: _Key, row: AggregateReadModel) -> None:
        known = self._known.get(key)
        if known is None or known.version < row.version:
            _remember(self._known, key, row)


def _remember(remembered: OrderedDict[_Key, ValueT], key: _Key, value: ValueT) -> None:
    remembered[key] = value
    remembered.move_to_end(key)
    if len(remembered) > _REMEMBERED_ROWS:
        remembered.popitem(last=False)


def _by_id(rows: Rows[Any]) -> Any:
    async def look_up(ids: Sequence[str]) -> Mapping[str, AggregateReadModel]:
        return {row.id: row for row in await rows.by_ids(ids)}

    return look_up
