"""Base of every request and answer on the internal API."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Reason = Annotated[str, Field(max_length=2000)]


class Contract(BaseModel):
    """Frozen and strict about unknown keys: a misspelt field is refused instead of ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
