"""A subscription to outbound events, without its secrets."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.domain.subscriptions import (
    EventFilter,
    ReplayOrder,
    ReplayResult,
    SigningKey,
    SubscriptionPurpose,
    SubscriptionTask,
)


class SubscriptionReadModel(AggregateReadModel):
    """``allowed_rate`` is how many deliveries a minute its receiver allows; None for no limit."""

    owner_id: str = Field(description="Who made it; events are their own only, unless they are an operator.")
    purpose: SubscriptionPurpose
    url: str
    filter: EventFilter
    description: str = ""
    status: SubscriptionStatus
    status_reason: str = ""
    status_changed_at: AwareDatetime
    status_changed_by: str = ""
    validated_at: AwareDatetime | None = Field(
        default=None, description="When the receiver at this address agreed last; null until it has."
    )
    allowed_rate: int | None = None
    keys: tuple[SigningKey, ...] = ()
    tasks: tuple[SubscriptionTask, ...] = ()
    replays: tuple[ReplayOrder, ...] = ()
    last_replay: ReplayResult | None = None
