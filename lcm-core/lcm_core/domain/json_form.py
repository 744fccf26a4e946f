"""The one JSON form in which events and states are stored, hashed and shown.

Instants become text of fixed width in UTC (``2026-01-31T09:00:00.000000Z``): exact to the microsecond where BSON dates
stop at milliseconds, and ordered like time itself, so that a range query on them is right. Everything in this form
survives MongoDB and back unchanged, which is what makes a stored hash verifiable.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import UTC, datetime
from enum import Enum
from typing import Any, cast

import orjson
from pydantic import BaseModel, JsonValue, SecretBytes, SecretStr
from pydantic_core import to_jsonable_python

JsonObject = dict[str, JsonValue]

_PLAIN = frozenset({str, int, float, bool, type(None)})
_UTC_OFFSET = "+00:00"


def instant_text(at: datetime) -> str:
    """*at* as stored: UTC, six digits of fraction. Refuses a naive datetime."""
    if at.tzinfo is None:
        raise ValueError(f"the datetime {at!r} has no time zone")
    text = at.isoformat(timespec="microseconds")
    if not text.endswith(_UTC_OFFSET):
        text = at.astimezone(UTC).isoformat(timespec="microseconds")
    return text[: -len(_UTC_OFFSET)] + "Z"


def to_json_form(model: BaseModel, *, only: Set[str] | None = None) -> JsonObject:
    """The stored form of a model, or of some of its fields. A secret in it is refused: what is stored many can read."""
    wanted = None if only is None else set(only)
    return cast(JsonObject, _plain(model.model_dump(mode="python", include=wanted)))


def canonical_bytes(value: JsonValue | Mapping[str, JsonValue]) -> bytes:
    """The bytes that are hashed: compact UTF-8 JSON with sorted keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> JsonValue:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).items()
        return {
            key if type(key) is str else _key(key): item if type(item) in _PLAIN else _plain(item)
            for key, item in items
        }
    if isinstance(value, list | tuple):
        return [item if type(item) in _PLAIN else _plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, set | frozenset):
        # A set has no order of its own; without one the same state would hash in many ways.
        return sorted((_plain(item) for item in cast("set[Any]", value)), key=canonical_bytes)
    if isinstance(value, SecretStr | SecretBytes):
        raise TypeError("a secret cannot be stored in clear; store a reference to it")
    return to_jsonable_python(value)


def _key(key: Any) -> str:
    return key if type(key) is str else str(_plain(key))
