"""Base of every request and answer on the internal API."""

from __future__ import annotations

import math
import re
from typing import Annotated, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

Reason = Annotated[str, Field(max_length=2000)]
_MOST = 2**53 - 1
"""Beyond it, readers that keep every number as a double see another one."""
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


class Contract(BaseModel):
    """Frozen and strict about unknown keys: a misspelt field is refused instead of ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    any_number: ClassVar[bool] = False
    """Whether it carries what others wrote and is kept as text, so that no number is too large for it."""

    @model_validator(mode="before")
    @classmethod
    def _can_be_stored(cls, data: object) -> object:
        refuse_what_json_cannot_hold(data, any_number=cls.any_number)
        return data


def refuse_what_json_cannot_hold(data: object, *, any_number: bool = False) -> None:
    """Raises ``ValueError`` for numbers and text that parsers take although they cannot be stored and sent again.

    Whole numbers that a double cannot tell apart (not with *any_number*), floats that are not finite, and text with
    half a surrogate pair.
    """
    waiting: list[object] = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()
        elif isinstance(value, (list, tuple)):
            waiting += cast("list[object]", value)
        elif isinstance(value, str):
            if not value.isascii() and _HALF_A_CHARACTER.search(value):
                raise ValueError("text holds half of a surrogate pair, which is no character")
        elif isinstance(value, int):
            if not any_number and not -_MOST <= value <= _MOST:
                raise ValueError(f"whole numbers lie between -{_MOST} and {_MOST}")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("numbers are finite")


class InboundEventKey(Contract):
    """Identity of an inbound CloudEvent; the change it causes is made once per key."""

    source: Annotated[str, Field(min_length=1, max_length=512)]
    id: Annotated[str, Field(min_length=1, max_length=512)]
    type: Annotated[str, Field(min_length=1, max_length=256)]


class Applied(Contract):
    """Whether a request changed anything, and if not, why (``duplicate``, ``late``, ``unknown``, ``no_change``)."""

    applied: bool
    why: str = ""
    version: int | None = None
