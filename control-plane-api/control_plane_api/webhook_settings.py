"""Settings of outbound events; among the bases of the settings of control-plane-api."""

from __future__ import annotations

import base64
import ipaddress
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from control_plane_api.application.webhooks.addresses import AddressRules
from control_plane_api.application.webhooks.deliveries import DeliveryPolicy
from lcm_core.settings import HttpUrlText


def _signs(secret: str) -> bool:
    """Whether it has the form that Standard Webhooks ask for."""
    mark, _, encoded = secret.partition("_")
    try:
        return mark == "whsec" and 24 <= len(base64.b64decode(encoded, validate=True)) <= 64
    except ValueError:
        return False


class WebhookSettings(BaseSettings):
    cloudevents_sink_url: HttpUrlText | None = Field(
        default=None,
        description="Where every event is sent as CloudEvent 1.0: a subscription that is made at start, is not asked "
        "whether it takes events, and ends when this is unset.",
    )
    cloudevents_sink_secret: SecretStr | None = Field(
        default=None,
        description="Secret that signs what the configured sink gets, `whsec_` and base64; without it one is made, "
        "and rotating its key shows another one.",
    )
    cloudevents_source: str = Field(
        default="urn:lcm:control-plane-api", min_length=1, description="`source` of every CloudEvent sent."
    )
    webhook_allowed_networks: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Networks that are not public and that events may be sent to all the same, separated by commas: "
        "10.20.0.0/16,10.30.0.0/16.",
    )
    webhook_allow_http: bool = Field(default=False, description="Whether events may be sent without TLS.")
    webhook_origin: str | None = Field(
        default=None,
        min_length=1,
        description="Who asks receivers whether they take events (`WebHook-Request-Origin`); the host of public_url "
        "by default.",
    )
    webhook_deadline_seconds: float = Field(
        default=15, gt=0, le=120, description="How long a receiver may take to answer one attempt."
    )
    webhook_give_up_hours: float = Field(
        default=24,
        gt=0,
        description="An event that could not be delivered so long becomes a dead letter; a receiver that did not agree "
        "to take events so long gets none.",
    )
    webhook_first_pause_seconds: float = Field(
        default=5, gt=0, description="Pause after the first attempt of an event; it doubles with each one."
    )
    webhook_longest_pause_seconds: float = Field(
        default=3600, gt=0, description="Longest pause between two attempts of an event."
    )
    webhook_dead_after_hours: float = Field(
        default=6, gt=0, description="A receiver that took nothing for so long is paused."
    )
    webhook_concurrency: int = Field(
        default=4, ge=1, le=64, description="Events on their way to one receiver at one time, of different aggregates."
    )
    webhook_sweep_seconds: float = Field(
        default=30, gt=0, description="Seconds between two looks for deliveries that nothing told of."
    )
    webhook_replay_events: int = Field(default=100_000, ge=1, description="Events that one replay brings at the most.")
    webhook_log_days: int = Field(default=14, ge=1, description="How long attempts to deliver are kept, in days.")
    webhook_dead_letter_days: int = Field(default=90, ge=1, description="How long outbound dead letters are kept.")
    subscriptions_per_owner: int = Field(
        default=50, ge=1, description="Subscriptions that an owner may have, sinks of bookings not counted."
    )

    @field_validator("webhook_allowed_networks", mode="before")
    @classmethod
    def _networks_apart(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip().strip('"') for part in value.strip("[]").split(",") if part.strip()]

    @field_validator("webhook_allowed_networks")
    @classmethod
    def _are_networks(cls, value: list[str]) -> list[str]:
        return [str(ipaddress.ip_network(each)) for each in value]

    @field_validator("cloudevents_sink_secret")
    @classmethod
    def _is_a_signing_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _signs(value.get_secret_value()):
            raise ValueError("must be whsec_ and the base64 of 24 to 64 bytes, such as a rotation of its key shows")
        return value

    @property
    def delivery_policy(self) -> DeliveryPolicy:
        return DeliveryPolicy(
            give_up_hours=self.webhook_give_up_hours,
            first_pause_seconds=self.webhook_first_pause_seconds,
            longest_pause_seconds=self.webhook_longest_pause_seconds,
            dead_after_hours=self.webhook_dead_after_hours,
            concurrency=self.webhook_concurrency,
            sweep_seconds=self.webhook_sweep_seconds,
            most_replayed=self.webhook_replay_events,
        )

    @property
    def address_rules(self) -> AddressRules:
        allowed = tuple(ipaddress.ip_network(each) for each in self.webhook_allowed_networks)
        return AddressRules(allowed, self.webhook_allow_http)
