"""Base of every read model."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict


class ReadModel(BaseModel):
    """Frozen; tolerant of keys it does not know, so that a reader survives a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class AggregateReadModel(ReadModel):
    """``version`` counts the aggregate's commits: a row never replaces one with a higher version."""

    id: str
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
