"""What becomes of long work on what is derived from the log."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.read_models.operations import MaintenanceKind, MaintenanceStage


@EVENTS.register
class MaintenanceStartedDomainEvent(StampedEvent):
    """One at a time; the leading instance does it, and another goes on when that one dies."""

    wire_name = "maintenance.started"
    emitted_by = "StartMaintenanceCommand"
    consumed_by = ("control-plane-api", "web UI")
    published = False

    run_id: str
    kind: MaintenanceKind
    collections: tuple[str, ...] = ()
    fresh: bool = False
    reason: str


@EVENTS.register
class MaintenanceStageDoneDomainEvent(StampedEvent):
    """One kind of key, or one collection, is right again."""

    wire_name = "maintenance.stage_done"
    emitted_by = "RecordMaintenanceStageCommand"
    consumed_by = ("web UI",)
    published = False

    run_id: str
    stage: MaintenanceStage


@EVENTS.register
class MaintenanceFinishedDomainEvent(StampedEvent):
    """Done; with an ``error`` it could not be done to its end."""

    wire_name = "maintenance.finished"
    emitted_by = "FinishMaintenanceCommand"
    consumed_by = ("control-plane-api", "web UI")
    published = False

    run_id: str
    error: str = ""
