"""How closely workers that serve are watched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObservingPolicy:
    """Seconds between two looks, two metric reports, a silent look and the next, and until a missing instance is
    believed gone.

    After ``heartbeat_seconds`` without an answer of CML the host is lost; after ``host_give_up_seconds`` more it is
    removed, unless a session still waits for it. ``maintenance_lead_seconds`` ahead of what EC2 has scheduled for it
    a host is drained.
    """

    liveness_seconds: float = 15.0
    metrics_seconds: float = 60.0
    second_look_seconds: float = 1.0
    gone_after_seconds: float = 10.0
    heartbeat_seconds: float = 60.0
    host_give_up_seconds: float = 3600.0
    maintenance_lead_seconds: float = 14_400.0
    silent_looks_until_unavailable: int = 2
