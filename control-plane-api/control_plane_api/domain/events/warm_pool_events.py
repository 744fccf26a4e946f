"""What happens to the warm pool of a definition."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.warm_pool import PoolFailure, WarmPoolPolicy, WarmPoolStatus


@EVENTS.register
class WarmPoolConfiguredDomainEvent(StampedEvent):
    """How many labs of the definition are kept prepared from now on; the first one makes the pool."""

    wire_name = "warm_pool.configured"
    emitted_by = "CreateWarmPoolCommand, ChangeWarmPoolCommand"
    consumed_by = ("lablet-controller", "web UI")
    published = False

    definition_name: str
    policy: WarmPoolPolicy
    reason: str


@EVENTS.register
class WarmPoolStatusChangedDomainEvent(StampedEvent):
    """Somebody paused, drained or resumed the pool, or its failure budget is spent."""

    wire_name = "warm_pool.status_changed"
    emitted_by = "ChangeWarmPoolStatusCommand, PreparationFailedCommand"
    consumed_by = ("lablet-controller", "web UI", "operators")

    status: WarmPoolStatus
    reason: str


@EVENTS.register
class WarmPoolPreparationFailedDomainEvent(StampedEvent):
    """A lab could not be prepared; the evidence is kept."""

    wire_name = "warm_pool.preparation_failed"
    emitted_by = "PreparationFailedCommand"
    consumed_by = ("web UI", "operators")

    failure: PoolFailure
