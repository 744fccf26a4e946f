"""How all services are, and how much work waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

import structlog
from pydantic import AwareDatetime, BaseModel, Field

from control_plane_api.application.services.work_counts import CountsWork, WorkCounts
from lcm_core.application.feed import FeedStanding
from lcm_core.application.mediator import Query
from lcm_core.domain.errors import LcmError
from lcm_core.domain.steering import LeaderTold, LoopTold, ReconcilerName
from lcm_core.hosting.health import DependencyHealth

log = structlog.stdlib.get_logger(__name__)

_DEADLINE_SECONDS = 5.0
ValueT = TypeVar("ValueT")


class ServiceStatus(BaseModel):
    """What one service says of itself; only ``service`` and ``problem`` when it does not answer."""

    service: str
    reachable: bool
    ready: bool = False
    version: str | None = None
    instance: str | None = None
    leader: bool | None = Field(default=None, description="Whether the instance that answered leads its service.")
    uptime_seconds: float | None = None
    checks: list[DependencyHealth] = Field(default_factory=list[DependencyHealth])
    problem: str = ""


class SystemLinks(BaseModel):
    """Where people look further; null where nothing is configured."""

    traces: str | None = None
    dashboards: str | None = None
    people: str | None = Field(default=None, description="Where people and their roles are kept.")


class WorkQueueName(StrEnum):
    PLACEMENT = "placement"
    """Sessions that are not placed, whenever they begin; keys of resource-scheduler."""
    FLEET = "fleet"
    """Keys of worker-controller."""
    PIPELINE = "pipeline"
    """Keys of lablet-controller."""
    INBOUND = "inbound"
    """Events that far ends told."""
    OUTBOUND = "outbound"
    """Events that are owed to receivers."""


class WorkQueue(BaseModel):
    """What is null is not known now, or does not exist for this queue."""

    name: WorkQueueName
    waiting: int | None = Field(default=None, description="To be done; counted to 10,000.")
    delayed: int | None = Field(default=None, description="To be done later, or when something else has happened.")
    in_flight: int | None = None
    failing: int | None = Field(default=None, description="Keys whose last attempts failed.")
    dead: int | None = Field(default=None, description="Given up, until a person looks at them.")
    oldest_at: AwareDatetime | None = Field(default=None, description="Since when the one waits that waits longest.")


class FeedStatus(BaseModel):
    """How the instance that answered follows the log, from which live streams and other services are told."""

    connected: bool
    behind: int = Field(description="Commits that were read and are not told yet.")
    lag_seconds: float | None = Field(
        description="Between the newest commit of the log and the newest one that was read; null while not known."
    )


class SystemStatus(BaseModel):
    """``ready`` when every service that is known here is."""

    ready: bool
    services: list[ServiceStatus]
    links: SystemLinks
    queues: list[WorkQueue]
    feed: FeedStatus


class ServiceProbe(Protocol):
    async def statuses(self) -> Sequence[ServiceStatus]:
        """Never raises: a service that does not answer is an answer."""
        ...


class Told(Protocol):
    async def told(self) -> Mapping[str, LeaderTold]:
        """What leaders last told of themselves, by service. Raises ``EtcdUnavailable``."""
        ...


_LED_BY = {
    WorkQueueName.PLACEMENT: ReconcilerName.SCHEDULER,
    WorkQueueName.FLEET: ReconcilerName.WORKERS,
    WorkQueueName.PIPELINE: ReconcilerName.LABLETS,
}


@dataclass(frozen=True, slots=True)
class GetSystemStatusQuery(Query[SystemStatus]):
    pass


class Feed(Protocol):
    @property
    def standing(self) -> FeedStanding: ...


class GetSystemStatusQueryHandler:
    """What cannot be asked is left out of the answer: it is read most when something is away."""

    def __init__(self, probe: ServiceProbe, links: SystemLinks, work: CountsWork, told: Told, feed: Feed) -> None:
        self._probe = probe
        self._links = links
        self._work = work
        self._told = told
        self._feed = feed

    async def handle(self, query: GetSystemStatusQuery) -> SystemStatus:
        del query
        services, counts, told = await asyncio.gather(
            self._probe.statuses(), _if_possible(self._work.counts()), _if_possible(self._told.told())
        )
        return SystemStatus(
            ready=all(service.ready for service in services),
            services=list(services),
            links=self._links,
            queues=[_queue(name, counts, told or {}) for name in WorkQueueName],
            feed=_feed(self._feed.standing, counts),
        )


async def _if_possible(reading: Awaitable[ValueT]) -> ValueT | None:
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            return await reading
    except (LcmError, TimeoutError) as error:
        log.warning("system_status_incomplete", reason=str(error) or f"no answer within {_DEADLINE_SECONDS:g} s")
        return None


def _feed(standing: FeedStanding, counts: WorkCounts | None) -> FeedStatus:
    lag: float | None = None
    if counts is not None and counts.newest_commit_at is not None and standing.newest_at is not None:
        lag = max(0.0, (counts.newest_commit_at - standing.newest_at).total_seconds())
    elif standing.caught_up:
        lag = 0.0
    return FeedStatus(connected=standing.connected, behind=standing.behind, lag_seconds=lag)


def _queue(name: WorkQueueName, counts: WorkCounts | None, told: Mapping[str, LeaderTold]) -> WorkQueue:
    if name in _LED_BY:
        leader = told.get(_LED_BY[name].value)
        queue = _queue_of(name, leader.loops) if leader is not None else WorkQueue(name=name)
        if name is WorkQueueName.PLACEMENT and counts is not None:
            return queue.model_copy(update={"waiting": counts.to_place})
        return queue
    if counts is None:
        return WorkQueue(name=name)
    if name is WorkQueueName.INBOUND:
        return WorkQueue(
            name=name, waiting=counts.inbound_to_apply, delayed=counts.inbound_parked, dead=counts.inbound_dead
        )
    return WorkQueue(
        name=name, waiting=counts.deliveries_waiting, dead=counts.outbound_dead, oldest_at=counts.deliveries_since
    )


def _queue_of(name: WorkQueueName, loops: Sequence[LoopTold]) -> WorkQueue:
    return WorkQueue(
        name=name,
        waiting=sum(loop.waiting for loop in loops),
        delayed=sum(loop.delayed for loop in loops),
        in_flight=sum(loop.in_flight for loop in loops),
        failing=sum(loop.failing for loop in loops),
    )
