"""What happens to the ports of a session between its placement and its lab."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.values import PortBinding


@EVENTS.register
class LabletSessionPortsChangedDomainEvent(StampedEvent):
    """It uses other ports of its worker; a lab that was prepared with the old ones is of no use to it any more."""

    wire_name = "lablet_session.ports_changed"
    emitted_by = "GrantOtherPortsCommand, ReportForeignLabsCommand"
    consumed_by = ("lablet-controller", "web UI")

    worker_id: str
    ports: tuple[PortBinding, ...]
    previous: tuple[PortBinding, ...]
    reason: str
