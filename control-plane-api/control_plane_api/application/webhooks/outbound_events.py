"""Outbound events as one thing: what the outbox is handed to, what the leader runs, and what it is told of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.application.commands.subscription.end_subscription_command import EndSubscriptionCommand
from control_plane_api.application.commands.subscription.pause_subscription_command import PauseSubscriptionCommand
from control_plane_api.application.webhooks.addressees import Addressees, Audiences
from control_plane_api.application.webhooks.channel import ChannelPorts
from control_plane_api.application.webhooks.deliveries import (
    DeliveryLog,
    DeliveryPolicy,
    ReceiverHealth,
    Receivers,
    RevivingQueue,
    Subscribers,
)
from control_plane_api.application.webhooks.dispatcher import WebhookDispatcher
from control_plane_api.application.webhooks.fan_out import FanOut
from control_plane_api.application.webhooks.handshakes import Handshakes, system_context
from control_plane_api.application.webhooks.keeper import SubscriptionKeeper
from control_plane_api.application.webhooks.pacing import Slots
from control_plane_api.application.webhooks.replays import EventHistory, Replays
from lcm_core.application.mediator import Mediator
from lcm_core.clock import Clock
from lcm_core.domain.commit import Commit


@dataclass(frozen=True, slots=True)
class OutboundPorts:
    subscribers: Subscribers
    audiences: Audiences
    queue: RevivingQueue
    log: DeliveryLog
    health: ReceiverHealth
    history: EventHistory
    sender: Receivers


class OutboundEvents:
    """``fan_out`` takes the outbox; ``dispatcher`` and ``keeper`` are duties of the leader."""

    def __init__(
        self, mediator: Mediator, ports: OutboundPorts, policy: DeliveryPolicy, clock: Clock, *, origin: str
    ) -> None:
        self._mediator = mediator
        channels = ChannelPorts(
            queue=ports.queue,
            log=ports.log,
            health=ports.health,
            sender=ports.sender,
            slots=Slots(policy),
            policy=policy,
            clock=clock,
            gone=self._end,
            dead=self._pause,
        )
        addressees = Addressees(ports.subscribers, ports.audiences)
        self.dispatcher = WebhookDispatcher(ports.subscribers, channels)
        self.fan_out = FanOut(addressees, ports.queue, policy, clock, self.dispatcher.wake)
        handshakes = Handshakes(
            mediator,
            ports.subscribers,
            ports.sender,
            ports.log,
            clock,
            origin=origin,
            patience=timedelta(hours=policy.give_up_hours),
        )
        replays = Replays(
            mediator,
            ports.subscribers,
            addressees,
            ports.history,
            ports.queue,
            policy,
            clock,
            self.dispatcher.wake,
        )
        self.keeper = SubscriptionKeeper(
            ports.subscribers, [handshakes, replays], clock, sweep_seconds=policy.sweep_seconds
        )

    def notice(self, commits: Sequence[Commit]) -> None:
        """Hook for commits of every process, in the instance that leads."""
        self.dispatcher.notice(commits)
        self.keeper.notice(commits)

    async def _end(self, subscription_id: str, url: str, reason: str) -> None:
        await self._mediator.execute(EndSubscriptionCommand(subscription_id, reason, url), system_context())

    async def _pause(self, subscription_id: str, url: str, reason: str) -> None:
        command = PauseSubscriptionCommand(subscription_id, reason, automatic=True, url=url)
        await self._mediator.execute(command, system_context())
