"""The warm pool of a definition, as stored and as operators and the lablet-controller see it."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from lcm_core.domain.read_models.base import AggregateReadModel, ReadModel
from lcm_core.domain.read_models.lablet_definition_read_model import LabletDefinitionReadModel
from lcm_core.domain.warm_pool import PoolFailure, PreparedLab, WarmPoolPolicy, WarmPoolStatus, failures_that_count


class WarmPoolReadModel(AggregateReadModel):
    definition_name: str
    policy: WarmPoolPolicy
    status: WarmPoolStatus
    status_reason: str = ""
    status_changed_at: AwareDatetime
    status_changed_by: str = ""
    resumed_at: AwareDatetime | None = None
    failures: tuple[PoolFailure, ...] = ()
    """The last ones, oldest first; they stay as evidence when the pool is resumed."""

    def failures_that_count(self, now: datetime) -> tuple[PoolFailure, ...]:
        return failures_that_count(self.failures, self.policy, now, self.resumed_at)


class ExpectedStarts(ReadModel):
    """Bookings of a definition that begin within the look-ahead, by the worker that holds their room."""

    worker_id: str
    sessions: int


class WarmPoolDemand(ReadModel):
    """A pool and what is to be in it. ``wanted`` is the newest ACTIVE version; without one nothing is."""

    pool: WarmPoolReadModel
    wanted: LabletDefinitionReadModel | None = None
    expected: tuple[ExpectedStarts, ...] = ()


class WarmPoolsOverview(ReadModel):
    """What the keeper of the pools acts on.

    ``busy_worker_ids`` have sessions that are placed or instantiating; ``waiting_sessions`` are due and not placed yet.
    """

    pools: tuple[WarmPoolDemand, ...] = ()
    busy_worker_ids: frozenset[str] = frozenset()
    waiting_sessions: int = 0


class PlacedPreparedLab(ReadModel):
    worker_id: str
    worker_name: str
    lab: PreparedLab


class WarmPoolMeasures(ReadModel):
    """What came of the pool since ``since``. ``misses`` are sessions of the definition that found no prepared lab."""

    since: AwareDatetime
    hits: int = 0
    misses: int = 0
    saved_seconds: float = Field(default=0.0, description="Work done beforehand for the hits, in all.")
    misses_by_reason: dict[str, int] = Field(default_factory=dict)

    @property
    def hit_rate(self) -> float | None:
        starts = self.hits + self.misses
        return self.hits / starts if starts else None


class WarmPoolReport(ReadModel):
    """One pool for people: what is wanted, what there is, what came of it."""

    pool: WarmPoolReadModel
    wanted_definition_id: str | None = None
    wanted_version: str | None = None
    expected_starts: int = 0
    target: int = 0
    ready: int = 0
    preparing: int = 0
    claimed: int = 0
    removing: int = 0
    failures_counted: int = 0
    measures: WarmPoolMeasures
    labs: tuple[PlacedPreparedLab, ...] = ()
