"""How all services are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, Field

from lcm_core.application.mediator import Query
from lcm_core.hosting.health import DependencyHealth


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


class SystemStatus(BaseModel):
    """``ready`` when every service that is known here is."""

    ready: bool
    services: list[ServiceStatus]
    links: SystemLinks


class ServiceProbe(Protocol):
    async def statuses(self) -> Sequence[ServiceStatus]:
        """Never raises: a service that does not answer is an answer."""
        ...


@dataclass(frozen=True, slots=True)
class GetSystemStatusQuery(Query[SystemStatus]):
    pass


class GetSystemStatusQueryHandler:
    def __init__(self, probe: ServiceProbe, links: SystemLinks) -> None:
        self._probe = probe
        self._links = links

    async def handle(self, query: GetSystemStatusQuery) -> SystemStatus:
        del query
        services = list(await self._probe.statuses())
        return SystemStatus(ready=all(service.ready for service in services), services=services, links=self._links)
