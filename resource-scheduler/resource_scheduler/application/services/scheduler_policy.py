"""What the scheduler goes by; all times in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.domain.read_models import ScoringWeights
from lcm_core.placement.scoring import DEFAULT_WEIGHTS
from resource_scheduler.application.services.consolidation import ConsolidationPolicy
from resource_scheduler.domain.deadlines import SlotPolicy
from resource_scheduler.domain.warm_capacity import WarmPolicy


@dataclass(frozen=True, slots=True)
class SchedulerPolicy:
    """``slack`` is added to the slowest start when deciding how early to place a session, ``wake_slack`` when deciding
    how early to wake a worker; ``attempts`` bounds the decisions on refused proposals, ``shift_moves`` the bookings
    that are moved so that a planned worker need not be launched; ``weights`` say which worker is the better one.
    ``late_start_margin`` is how much longer than usual a start may take before nobody relies on it."""

    slack: float
    wake_slack: float
    slots: SlotPolicy
    attempts: int
    resync: float
    max_concurrent: int
    refused_retry: float
    shift_moves: int
    warm: WarmPolicy
    warm_check: float
    consolidation: ConsolidationPolicy
    consolidation_interval: float
    late_start_margin: float = 60.0
    weights: ScoringWeights = DEFAULT_WEIGHTS
