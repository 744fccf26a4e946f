"""What deliveries are measured by."""

from __future__ import annotations

from datetime import datetime

from control_plane_api.application.webhooks.deliveries import QueuedDelivery
from lcm_core.contracts.subscriptions import DeliveryOutcome
from lcm_core.observability import meter

_meter = meter("control_plane_api.webhooks")
_attempts = _meter.create_counter(
    "lcm_webhook_attempts_total",
    description="Attempts to deliver an event to a subscription, by outcome: delivered, failed, dead or gone.",
)
_duration = _meter.create_histogram(
    "lcm_webhook_attempt_seconds", unit="s", description="Seconds that a receiver took to answer an attempt."
)
_delay = _meter.create_histogram(
    "lcm_webhook_delivery_delay_seconds", unit="s", description="Seconds from an event's commit to its first delivery."
)
_dead = _meter.create_counter("lcm_webhook_dead_letters_total", description="Events that became dead letters.")
_backlog = _meter.create_gauge("lcm_webhook_backlog", description="Deliveries that are owed.")
_lag = _meter.create_gauge(
    "lcm_webhook_lag_seconds", unit="s", description="Age of the oldest delivery that is owed; 0 when none is."
)
_channels = _meter.create_gauge("lcm_webhook_channels", description="Subscriptions that are being sent to.")


def attempted(row: QueuedDelivery, outcome: DeliveryOutcome, seconds: float, at: datetime) -> None:
    _attempts.add(1, {"outcome": outcome.value})
    _duration.record(seconds)
    if outcome is DeliveryOutcome.DELIVERED and row.replay is None:
        _delay.record(max(0.0, (at - row.event_at).total_seconds()))


def buried(count: int) -> None:
    _dead.add(count)


def owed(count: int, oldest: datetime | None, channels: int, at: datetime) -> None:
    _backlog.set(count)
    _lag.set(max(0.0, (at - oldest).total_seconds()) if oldest is not None else 0.0)
    _channels.set(channels)
