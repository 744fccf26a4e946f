"""What leaves of a commit: its published events, one by one, as receivers get them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lcm_core.domain.commit import Commit, CommitMetadata
from lcm_core.domain.json_form import JsonObject


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event to deliver. *id* is the same at every repetition: receivers recognise duplicates by it."""

    id: str
    stream: str
    version: int
    index: int
    type: str
    data: JsonObject
    metadata: CommitMetadata
    created_at: datetime

    @classmethod
    def of_commit(cls, commit: Commit, publishes: Callable[[str], bool]) -> list[OutboxRow]:
        """The events of *commit* that leave, as they were recorded; *publishes* tells it of a type of event."""
        return [
            cls(
                id=f"{commit.id}#{index}",
                stream=commit.stream,
                version=commit.version,
                index=index,
                type=event.type,
                data=event.data,
                metadata=commit.metadata,
                created_at=commit.at,
            )
            for index, event in enumerate(commit.events)
            if publishes(event.type)
        ]


class Deliver(Protocol):
    async def __call__(self, rows: Sequence[OutboxRow]) -> None:
        """Rows of one stream, in order. Return when the receivers have all of them for certain.

        Raising anything means: all of them again later, before their successors.
        """
        ...
