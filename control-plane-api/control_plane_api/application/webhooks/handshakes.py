"""Asks receivers whether they take events, until they agree or their time is over (CloudEvents webhooks)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import structlog

from control_plane_api.application.commands.subscription.end_subscription_command import EndSubscriptionCommand
from control_plane_api.application.commands.subscription.pause_subscription_command import PauseSubscriptionCommand
from control_plane_api.application.commands.subscription.validate_subscription_command import (
    ValidateSubscriptionCommand,
)
from control_plane_api.application.webhooks.deliveries import (
    DeliveryLog,
    ReceiverQuestions,
    Reply,
    Subscriber,
    Subscribers,
)
from control_plane_api.application.webhooks.keyed_work import KeyedWork
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Mediator
from lcm_core.clock import Clock
from lcm_core.contracts.subscriptions import DeliveryAttempt, DeliveryOutcome
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.domain.subscriptions import SubscriptionTask
from lcm_core.observability.correlation import new_correlation_id
from lcm_core.sealing import SealedTextBroken

log = structlog.stdlib.get_logger(__name__)

ACTOR = "webhooks"
VALIDATION = "webhook.validation"
"""In the delivery log, in the place of the type of an event."""
ANY = "*"

_NOT_AGREED = "its receiver did not agree to take events"
_WORKERS = 8
_FIRST_REST_SECONDS = 10.0
_LONGEST_REST_SECONDS = 600.0


def system_context() -> CommandContext:
    return CommandContext(actor=ACTOR, correlation_id=new_correlation_id())


class Handshakes:
    """``work`` is keyed by subscription. *patience* is how long a receiver may take to agree."""

    def __init__(
        self,
        mediator: Mediator,
        subscribers: Subscribers,
        sender: ReceiverQuestions,
        log: DeliveryLog,
        clock: Clock,
        *,
        origin: str,
        patience: timedelta,
    ) -> None:
        self._mediator = mediator
        self._subscribers = subscribers
        self._sender = sender
        self._log = log
        self._clock = clock
        self._origin = origin
        self._patience = patience
        self._asked: dict[str, int] = {}
        self.task = SubscriptionTask.VALIDATE
        self.work = KeyedWork("handshakes", self._handle, workers=_WORKERS, clock=clock)

    async def _handle(self, id: str) -> float | None:
        row = (await self._subscribers.by_ids([id])).get(id)
        if row is None or row.status is not SubscriptionStatus.PENDING:
            self._asked.pop(id, None)
            return None
        try:
            subscriber = await self._subscribers.subscriber(row, self._clock.now())
        except SealedTextBroken as error:
            # Its owner may rotate the key meanwhile; until then there is nothing to ask with.
            log.error("webhook_secrets_unusable", subscription_id=id, error=error.message)
            return await self._wait_or_give_up(row, "its secret cannot be opened, and its key was not rotated")
        began = self._clock.monotonic()
        reply = await self._sender.ask(subscriber)
        await self._keep(subscriber, reply, self._clock.monotonic() - began)
        if _agrees(reply, self._origin):
            command = ValidateSubscriptionCommand(id, rate_of(reply.allowed_rate), url=row.url)
            await self._mediator.execute(command, system_context())
            self._asked.pop(id, None)
            return None
        return await self._wait_or_give_up(row)

    async def _wait_or_give_up(self, row: SubscriptionReadModel, unless: str = _NOT_AGREED) -> float | None:
        """*unless*: what has not come, in the end the reason."""
        left = row.status_changed_at + self._patience - self._clock.now()
        if left <= timedelta(0):
            await self._give_up(row, f"{unless} within {self._patience / timedelta(hours=1):g} hours")
            return None
        times = self._asked[row.id] = self._asked.get(row.id, 0) + 1
        rest = min(_LONGEST_REST_SECONDS, _FIRST_REST_SECONDS * 2.0 ** min(times - 1, 30))
        return min(rest, max(1.0, left.total_seconds()))

    async def _give_up(self, row: SubscriptionReadModel, why: str) -> None:
        """One that was resumed too early rests again, with what is kept for it; one that nobody ever took ends."""
        if row.validated_at is not None:
            pause = PauseSubscriptionCommand(row.id, why, automatic=True, url=row.url)
            await self._mediator.execute(pause, system_context())
        else:
            await self._mediator.execute(EndSubscriptionCommand(row.id, why), system_context())
        self._asked.pop(row.id, None)

    async def _keep(self, subscriber: Subscriber, reply: Reply, seconds: float) -> None:
        agreed = _agrees(reply, self._origin)
        why = reply.error or ("" if agreed else "it did not name our origin in WebHook-Allowed-Origin")
        await self._log.add(
            DeliveryAttempt(
                id=uuid4().hex,
                subscription_id=subscriber.id,
                event_id="",
                type=VALIDATION,
                at=self._clock.now(),
                attempt=self._asked.get(subscriber.id, 0) + 1,
                outcome=DeliveryOutcome.DELIVERED if agreed else DeliveryOutcome.FAILED,
                status_code=reply.status_code,
                duration_ms=round(seconds * 1000, 1),
                error=why,
            )
        )


def rate_of(text: str | None) -> int | None:
    """Deliveries a minute that a receiver allows; None for no limit, and for what is no number."""
    wanted = (text or "").strip()
    return max(1, int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None


def allows(origin: str, allowed: Sequence[str]) -> bool:
    return any(each.strip().lower() in (ANY, origin.lower()) for each in allowed)


def _agrees(reply: Reply, origin: str) -> bool:
    return reply.accepted and reply.allowed_origin is not None and allows(origin, reply.allowed_origin.split(","))
