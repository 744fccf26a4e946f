"""What conditions are judged on. What could not be read is None: nothing is concluded from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from control_plane_api.application.queries.get_fleet_policy_query import GetFleetPolicyQuery
from control_plane_api.application.queries.get_system_status_query import ServiceProbe
from control_plane_api.application.queries.list_reconcilers_query import ListReconcilersQuery, ReconcilerView
from control_plane_api.application.queries.list_workers_query import ListWorkersQuery
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.work_counts import WorkCounts
from control_plane_api.application.webhooks.handshakes import ACTOR as WEBHOOKS
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.application.mediator import Mediator
from lcm_core.clock import Clock
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel, SubscriptionReadModel, WarmPoolReadModel
from lcm_core.domain.warm_pool import WarmPoolStatus

log = structlog.stdlib.get_logger(__name__)

_DEADLINE_SECONDS = 20.0
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class SessionFact:
    """A session that goes badly. *reason* is why."""

    id: str
    definition_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """*broken* ended without having been ready, *failed* ended as failed; the latest first."""

    at_risk: Sequence[SessionFact]
    broken: Sequence[SessionFact]
    failed: Sequence[SessionFact]


@dataclass(frozen=True, slots=True)
class NotReady:
    """Since when a service has not been ready, as far as this process has seen, and why."""

    service: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    at: datetime
    policy: FleetPolicy
    sessions: SessionFacts | None = None
    workers: Sequence[CMLWorkerReadModel] | None = None
    pools: Sequence[WarmPoolReadModel] | None = None
    """Those that are suspended."""
    webhooks: Sequence[SubscriptionReadModel] | None = None
    """Those that were paused because their receiver is dead."""
    counts: WorkCounts | None = None
    reconcilers: Sequence[ReconcilerView] | None = None
    leaderless_since: Mapping[str, datetime] | None = None
    not_ready: Sequence[NotReady] | None = None


class SessionsThatGoBadly(Protocol):
    async def look(self, since: datetime) -> SessionFacts:
        """Those at risk now, and those that ended badly *since*. Raises ``StoreUnavailable``."""
        ...


class _Since:
    """When each of some things was first seen, and has been at every look since."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def seen(self, names: Sequence[str], now: datetime) -> Mapping[str, datetime]:
        self._since = {name: self._since.get(name, now) for name in names}
        return self._since


class FactReader:
    """Reads everything side by side, each with a deadline."""

    def __init__(
        self, mediator: Mediator, read: ReadSide, sessions: SessionsThatGoBadly, probe: ServiceProbe, clock: Clock
    ) -> None:
        self._mediator = mediator
        self._read = read
        self._sessions = sessions
        self._probe = probe
        self._clock = clock
        self._leaderless, self._not_ready = _Since(), _Since()

    async def read(self) -> Facts:
        """Raises what reading the policy raises: without thresholds there is nothing to judge by."""
        policy = (await self._mediator.query(GetFleetPolicyQuery())).policy
        now = self._clock.now()
        since = now - timedelta(minutes=policy.notifications.failures_within_minutes)
        async with asyncio.TaskGroup() as group:
            sessions = group.create_task(_read("sessions", self._sessions.look(since)))
            workers = group.create_task(_read("workers", self._mediator.query(ListWorkersQuery())))
            suspended = self._read.warm_pools.where(status=WarmPoolStatus.SUSPENDED.value)
            pools = group.create_task(_read("warm pools", suspended))
            webhooks = group.create_task(_read("subscriptions", self._paused_webhooks()))
            counts = group.create_task(_read("work that waits", self._read.work_counts.counts()))
            reconcilers = group.create_task(_read("reconcilers", self._mediator.query(ListReconcilersQuery())))
            not_ready = group.create_task(_read("services", self._services(now)))
        return Facts(
            at=now,
            policy=policy,
            sessions=sessions.result(),
            workers=workers.result(),
            pools=pools.result(),
            webhooks=webhooks.result(),
            counts=counts.result(),
            reconcilers=reconcilers.result(),
            leaderless_since=self._without_leader(reconcilers.result(), now),
            not_ready=not_ready.result(),
        )

    def _without_leader(self, views: Sequence[ReconcilerView] | None, now: datetime) -> Mapping[str, datetime] | None:
        if views is None:
            return None
        return self._leaderless.seen([view.service.value for view in views if view.leader is None], now)

    async def _paused_webhooks(self) -> Sequence[SubscriptionReadModel]:
        paused = await self._read.subscriptions.where(status=SubscriptionStatus.PAUSED.value)
        return [row for row in paused if row.status_changed_by == WEBHOOKS]

    async def _services(self, now: datetime) -> Sequence[NotReady]:
        down = {
            status.service: status.problem
            or "; ".join(f"{check.name}: {check.message}" for check in status.checks if not check.healthy)
            for status in await self._probe.statuses()
            if not status.ready
        }
        since = self._not_ready.seen(list(down), now)
        return [NotReady(service, since[service], reason) for service, reason in down.items()]


async def _read(name: str, reading: Awaitable[ValueT]) -> ValueT | None:
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            return await reading
    except (LcmError, TimeoutError) as error:
        log.warning("conditions_not_read", what=name, reason=str(error) or f"took over {_DEADLINE_SECONDS:g} s")
        return None
