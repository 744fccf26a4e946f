"""Read models that follow from the log alone: the last one, and the commit that came behind it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from control_plane_api.domain.entities import AGGREGATES, read_model_from_document, read_model_of
from control_plane_api.domain.events.registry import EVENTS
from lcm_core.domain.aggregate import AggregateRoot, AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import StoredDataError, UnknownEventType
from lcm_core.domain.json_form import JsonObject
from lcm_core.domain.read_models.base import AggregateReadModel

_REMEMBERED_AGGREGATES = 2_000


class RowReplay:
    """*models* are those of the kinds whose row follows from the log, as far as the log knows it.

    Only an unbroken chain is followed: from the first commit of a stream, or from a document that this process wrote.
    """

    def __init__(self, models: Mapping[str, type[AggregateReadModel]]) -> None:
        self._models = dict(models)
        self._aggregates = {each.kind: each for each in AGGREGATES}
        self._reached: OrderedDict[str, AnyAggregate | JsonObject] = OrderedDict()

    def begin_at(self, commit: Commit, document: JsonObject) -> None:
        """*document* is what *commit* has left."""
        self._reach(commit.stream, document)

    def forget(self) -> None:
        self._reached.clear()

    def after(self, commit: Commit) -> AggregateReadModel | None:
        """The row that *commit* makes; None when it does not follow on what is known, or cannot be read here."""
        aggregate = self._before(commit)
        if aggregate is None:
            return None
        try:
            events = [EVENTS.decode(event.type, event.data) for event in commit.events]
        except (StoredDataError, UnknownEventType):
            # Written by a replica of a later release; the document that it also wrote may still be understood.
            return None
        aggregate.replay_commit(events, head_hash=commit.hash, at=commit.at)
        self._reach(commit.stream, aggregate)
        model = self._models[commit.kind]
        if aggregate.frozen_parts:
            return read_model_of(aggregate, model)
        return read_model_from_document(aggregate.to_document(), model)

    def _before(self, commit: Commit) -> AnyAggregate | None:
        """The aggregate as it was before *commit*; it is moved on from there, and so no longer kept as that."""
        kind = self._aggregates.get(commit.kind) if commit.kind in self._models else None
        reached = self._reached.pop(commit.stream, None)
        if kind is None:
            return None
        if commit.version == 1:
            return kind(commit.aggregate_id)
        if reached is None:
            return None
        aggregate = reached if isinstance(reached, AggregateRoot) else kind.from_document(reached)
        return aggregate if aggregate.head_hash == commit.prev_hash else None

    def _reach(self, stream: str, reached: AnyAggregate | JsonObject) -> None:
        self._reached[stream] = reached
        self._reached.move_to_end(stream)
        if len(self._reached) > _REMEMBERED_AGGREGATES:
            self._reached.popitem(last=False)
