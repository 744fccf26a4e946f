"""Outbound events on MongoDB and HTTP, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from control_plane_api.application.webhooks.addresses import AddressRules, Resolver, WebhookAddresses
from control_plane_api.application.webhooks.outbound_events import OutboundPorts
from control_plane_api.integration.webhooks.delivery_queue import MongoDeliveryQueue
from control_plane_api.integration.webhooks.delivery_records import MongoDeliveryLog, MongoReceiverHealth
from control_plane_api.integration.webhooks.guarded_network import GuardedNetwork, SystemResolver, new_pool
from control_plane_api.integration.webhooks.log_rows import MongoEventHistory
from control_plane_api.integration.webhooks.subscribers import MongoAudiences, MongoSubscribers
from control_plane_api.integration.webhooks.webhook_sender import HttpWebhookSender
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.clock import Clock
from lcm_core.eventstore.collections import Database
from lcm_core.integration.http import tls_context
from lcm_core.sealing import Vault


@dataclass(frozen=True, slots=True)
class Webhooks:
    """``sender`` is to be opened and closed."""

    sender: HttpWebhookSender
    addresses: WebhookAddresses
    ports: OutboundPorts

    @classmethod
    def of(
        cls,
        settings: ControlPlaneSettings,
        database: Database,
        vault: Vault,
        clock: Clock,
        resolver: Resolver | None = None,
    ) -> Self:
        rules: AddressRules = settings.address_rules
        system, policy = SystemResolver(), settings.delivery_policy
        names = resolver or system
        network = GuardedNetwork(rules, names)
        sender = HttpWebhookSender(
            new_pool(network, tls_context(settings.http_ca_file), connections=policy.fast_slots + policy.slow_slots),
            clock,
            source=settings.cloudevents_source,
            origin=settings.event_origin,
            public_url=settings.public_url,
            deadline_seconds=settings.webhook_deadline_seconds,
            and_close=system.close,
        )
        ports = OutboundPorts(
            subscribers=MongoSubscribers(database, vault),
            audiences=MongoAudiences(database),
            queue=MongoDeliveryQueue(database, batch=policy.batch),
            log=MongoDeliveryLog(database),
            health=MongoReceiverHealth(database),
            history=MongoEventHistory(database),
            sender=sender,
        )
        return cls(sender, WebhookAddresses(rules, names), ports)
