"""Labs on a worker's host that no record of ours stands for, and what follows for those who hold their ports."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.values import ForeignLab, PortBinding


@EVENTS.register
class CMLWorkerForeignPortsObservedDomainEvent(StampedEvent):
    """Other labs than before, or none any more, forward ports there: ``labs`` are all of them.

    Their ports are granted to nobody from now on. They say whom they belong to, so they stay within this house.
    """

    wire_name = "cml_worker.foreign_ports_observed"
    emitted_by = "ReportForeignLabsCommand"
    consumed_by = ("resource-scheduler", "web UI")
    published = False

    labs: tuple[ForeignLab, ...]


@EVENTS.register
class WorkerCapacityPortsChangedDomainEvent(StampedEvent):
    """A session holds other ports in place of those that a foreign lab forwards, before its lab is imported."""

    wire_name = "cml_worker.capacity_ports_changed"
    emitted_by = "GrantOtherPortsCommand, ReportForeignLabsCommand"
    consumed_by = ("resource-scheduler", "web UI")

    session_id: str
    ports: tuple[PortBinding, ...]
    previous: tuple[PortBinding, ...]
    reason: str
