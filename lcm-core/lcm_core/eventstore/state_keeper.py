"""States that this process has seen last, so that reading an aggregate again need not bring and check all of it.

Only the hash of the last commit is read then: it stands for the whole history, and so for the state.
"""

from __future__ import annotations

from collections import OrderedDict

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import stream_id
from lcm_core.domain.json_form import JsonObject
from lcm_core.domain.kept_state import KeptState


class StateKeeper:
    """The *limit* states that were used last."""

    def __init__(self, limit: int = 500) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, KeptState] = OrderedDict()

    def find(self, aggregate: type[AnyAggregate], id: str) -> KeptState | None:
        stream = stream_id(aggregate.kind, id)
        kept = self._kept.get(stream)
        if kept is not None:
            self._kept.move_to_end(stream)
        return kept

    def clear(self) -> None:
        """Documents were written past the log, so that a known head says nothing of what stands beside it."""
        self._kept.clear()

    def keep(self, aggregate: AnyAggregate, document: JsonObject | None = None) -> None:
        """*aggregate* as it is stored, with its document when that is what its state has been turned into."""
        kept = aggregate.kept_state(document)
        if kept is None:
            return
        self._kept[aggregate.stream] = kept
        self._kept.move_to_end(aggregate.stream)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)
