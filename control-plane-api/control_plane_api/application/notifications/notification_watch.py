"""Looks for what operators are to be told of, and has what is told follow what holds.

Level-triggered: whoever leads compares what holds with what is told. What the last leader raised goes on, and two that
look at one time raise one, since a notification is named by its kind and its thing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from control_plane_api.application.commands.notification.clear_notification_command import ClearNotificationCommand
from control_plane_api.application.commands.notification.raise_notification_command import RaiseNotificationCommand
from control_plane_api.application.notifications.conditions import judge
from control_plane_api.application.notifications.facts import Facts
from control_plane_api.application.notifications.notification_book import NotificationBook
from control_plane_api.domain.events import cml_worker_events as workers
from control_plane_api.domain.events import cml_worker_host_events as hosts
from control_plane_api.domain.events import lablet_session_events as sessions
from control_plane_api.domain.events import lablet_session_promise_events as promises
from control_plane_api.domain.events import reconciler_events as reconcilers
from control_plane_api.domain.events import subscription_events as subscriptions
from control_plane_api.domain.events import system_settings_events as settings
from control_plane_api.domain.events import warm_pool_events as pools
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command, Mediator
from lcm_core.clock import Clock
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import LcmError
from lcm_core.domain.notifications import NotificationKind
from lcm_core.observability import meter
from lcm_core.observability.correlation import new_correlation_id

log = structlog.stdlib.get_logger(__name__)

_meter = meter("control_plane_api.notifications")
_looks = _meter.create_counter(
    "lcm_notification_looks_total", description="Looks for what operators are to be told, by outcome (done, failed)."
)
_open = _meter.create_gauge("lcm_notifications_active", description="Notifications that hold, by severity.")

ACTOR = "notification-watch"
_AT_ONCE_SECONDS = 2.0
"""Between two looks, however much happens."""
_TELLING = frozenset(
    event.wire_name
    for event in (
        promises.LabletSessionPromiseAtRiskDomainEvent,
        sessions.LabletSessionPromiseMovedDomainEvent,
        workers.CMLWorkerFailedDomainEvent,
        hosts.CMLWorkerHostLostDomainEvent,
        hosts.CMLWorkerHostBackDomainEvent,
        subscriptions.SubscriptionPausedDomainEvent,
        subscriptions.SubscriptionResumedDomainEvent,
        pools.WarmPoolStatusChangedDomainEvent,
        reconcilers.ReconcilerPausedDomainEvent,
        reconcilers.ReconcilerResumedDomainEvent,
        settings.SystemSettingsUpdatedDomainEvent,
    )
)
_BADLY_ENDED = frozenset(
    {
        sessions.LabletSessionStoppingDomainEvent.wire_name,
        sessions.LabletSessionTerminatedDomainEvent.wire_name,
    }
)


class ReadsFacts(Protocol):
    async def read(self) -> Facts: ...


class NotificationWatch:
    """Work of the leading instance."""

    def __init__(
        self, mediator: Mediator, facts: ReadsFacts, book: NotificationBook, clock: Clock, *, look_seconds: float
    ) -> None:
        self._mediator = mediator
        self._facts = facts
        self._book = book
        self._clock = clock
        self._look_seconds = look_seconds
        self._wanted = asyncio.Event()

    def notice(self, commits: Sequence[Commit]) -> None:
        """Cheap and never waiting: only what tells of a condition has it look before its time."""
        if any(_tells(event.type, event.data) for commit in commits for event in commit.events):
            self._wanted.set()

    async def run(self) -> None:
        while True:
            self._wanted.clear()
            try:
                await self.look()
                _looks.add(1, {"outcome": "done"})
            except LcmError as error:
                _looks.add(1, {"outcome": "failed"})
                log.warning("notifications_not_looked_for", reason=str(error), next_look_seconds=self._look_seconds)
            await self._clock.sleep(min(_AT_ONCE_SECONDS, self._look_seconds))
            await self._wait()

    async def look(self) -> None:
        """Once. Raises ``LcmError`` when what holds, or what is told, cannot be read or written."""
        facts = await self._facts.read()
        told = {(each.kind, each.subject.id): each for each in await self._book.active()}

        def is_open(kind: NotificationKind, subject_id: str) -> bool:
            return (kind, subject_id) in told

        judged = judge(facts, is_open)
        holding = {(each.kind, each.subject.id): each for each in judged.holding}
        for key, found in holding.items():
            known = told.get(key)
            if known is None or (known.severity, known.count, known.things) != (
                found.severity,
                found.count,
                found.things,
            ):
                await self._do(RaiseNotificationCommand(found))
        for key, record in told.items():
            if key not in holding and record.kind in judged.judged:
                await self._do(ClearNotificationCommand(record.id))
        for severity in {each.severity for each in judged.holding} | {each.severity for each in told.values()}:
            _open.set(sum(each.severity is severity for each in holding.values()), {"severity": severity.value})

    async def _wait(self) -> None:
        left = max(0.0, self._look_seconds - _AT_ONCE_SECONDS)
        try:
            async with asyncio.timeout(left):
                await self._wanted.wait()
        except TimeoutError:
            return

    async def _do(self, command: Command[Any]) -> None:
        await self._mediator.execute(command, CommandContext(actor=ACTOR, correlation_id=new_correlation_id()))


def _tells(type: str, data: Any) -> bool:
    name = type.rpartition(".v")[0]
    return name in _TELLING or (name in _BADLY_ENDED and data.get("outcome") in ("failed", "expired"))
