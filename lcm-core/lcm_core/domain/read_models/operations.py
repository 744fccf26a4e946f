"""How the services are steered, and long work on what is derived from the log."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from lcm_core.domain.read_models.base import AggregateReadModel, ReadModel
from lcm_core.domain.steering import TriggerOrder


class Pause(ReadModel):
    by: str
    since: AwareDatetime
    reason: str


class ReconcilerReadModel(AggregateReadModel):
    """The id is the name of the service."""

    pause: Pause | None = None
    triggers: tuple[TriggerOrder, ...] = ()
    resign_epoch: int | None = None


class MaintenanceKind(StrEnum):
    ETCD = "rebuild-etcd"
    PROJECTIONS = "rebuild-projections"


class MaintenanceStatus(StrEnum):
    NEVER = "NEVER"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class MaintenanceStage(ReadModel):
    """One kind of key, or one collection, that was done."""

    name: str
    handled: int
    changed: int
    removed: int = 0
    failed: int = 0
    at: AwareDatetime


class MaintenanceProgress(ReadModel):
    """How far the stage under way is; ``total`` is 0 while that is not known."""

    stage: str
    done: int
    total: int
    at: AwareDatetime


class MaintenanceRun(ReadModel):
    id: str
    kind: MaintenanceKind
    status: MaintenanceStatus
    by: str
    reason: str
    collections: tuple[str, ...] = Field(default=(), description="Only these; all when empty.")
    fresh: bool = False
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    stages: tuple[MaintenanceStage, ...] = ()
    error: str = ""


class MaintenanceReadModel(AggregateReadModel):
    """The last run of each kind."""

    runs: tuple[MaintenanceRun, ...] = ()
