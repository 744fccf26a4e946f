"""Pages of a list, newest first, with a cursor that nobody needs to understand."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import orjson

from lcm_core.domain.errors import InputProblem, InvalidInput

RowT = TypeVar("RowT")

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class Position:
    """After which row the next page begins: its ordering instant, as stored, and its id."""

    at: str
    id: str

    def to_cursor(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([self.at, self.id])).rstrip(b"=").decode()

    @classmethod
    def from_cursor(cls, cursor: str) -> Position:
        """Raises ``InvalidInput`` for anything that ``to_cursor`` did not make."""
        try:
            at, id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if isinstance(at, str) and isinstance(id, str):
                return cls(at, id)
        except (ValueError, TypeError, binascii.Error):
            pass
        raise InvalidInput([InputProblem("/cursor", "is not a cursor of this list; start without one")])


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int = DEFAULT_PAGE_SIZE
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """Half-open: from ``start`` on, before ``end``."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """``next`` is None on the last page."""

    rows: Sequence[RowT]
    next: Position | None
