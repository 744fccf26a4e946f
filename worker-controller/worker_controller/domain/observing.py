"""How closely workers that serve are watched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObservingPolicy:
    """Seconds between two looks, two metric reports, a silent look and the next, and until a missing instance is
    believed gone."""

    liveness_seconds: float = 15.0
    metrics_seconds: float = 60.0
    second_look_seconds: float = 1.0
    gone_after_seconds: float = 10.0
    silent_looks_until_unavailable: int = 2
