"""Pages of a list in the order of time, with a cursor that nobody needs to understand."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson

from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.json_form import instant_text

RowT = TypeVar("RowT")

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 200
MOST_COUNTED = 10_000
"""A total goes no further: whoever needs to know more wants a report, not a list."""


@dataclass(frozen=True, slots=True)
class Between:
    """Half-open: from ``start`` on, before ``end``."""

    start: datetime
    end: datetime


ALL_TIME = Between(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
"""In which all rows lie."""


@dataclass(frozen=True, slots=True)
class Position:
    """After which row the next page begins: its ordering instant, as stored, and its id. *order* names the order."""

    at: str
    id: str
    order: str = ""

    def to_cursor(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([self.at, self.id, self.order])).rstrip(b"=").decode()

    @classmethod
    def from_cursor(cls, cursor: str, order: str = "") -> Position:
        """Raises ``InvalidInput`` for anything that ``to_cursor`` did not make, and for that of another order."""
        try:
            match orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))):
                case [str(at), str(id), str(made_for)] if made_for == order and _is_stored_instant(at):
                    return cls(at, id, made_for)
                case _:
                    pass
        except (ValueError, TypeError, binascii.Error):
            pass
        told = "is not a cursor of this list in this order; start without one"
        raise InvalidInput([InputProblem("/cursor", told, "query")], what="request")


def _is_stored_instant(text: str) -> bool:
    try:
        at = datetime.fromisoformat(text)
        return instant_text(at) == text and ALL_TIME.start <= at < ALL_TIME.end
    except (ValueError, OverflowError):
        return False


@dataclass(frozen=True, slots=True)
class PageRequest:
    """*sort* is one of the listing's orders, "" for its usual one; *total* asks for the number of all rows."""

    limit: int = DEFAULT_PAGE_SIZE
    after: Position | None = None
    sort: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """``next`` is None on the last page; ``total`` where it was asked for, at most ``MOST_COUNTED``."""

    rows: Sequence[RowT]
    next: Position | None
    total: int | None = None


def nothing(page: PageRequest) -> Page[Any]:
    """The page of a list without rows."""
    return Page([], None, 0 if page.total else None)
