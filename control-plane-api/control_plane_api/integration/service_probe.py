"""Asks every service how it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import httpx2
from pydantic import ValidationError

from control_plane_api.application.queries.get_system_status_query import ServiceStatus
from lcm_core.hosting.health import Readiness, ServiceInfo

_DEADLINE_SECONDS = 3.0


class HttpServiceProbe:
    """``ServiceProbe`` by /info and /health/ready of each of *urls*, all at the same time."""

    def __init__(self, http: httpx2.AsyncClient, urls: Mapping[str, str]) -> None:
        self._http = http
        self._urls = dict(urls)

    async def statuses(self) -> Sequence[ServiceStatus]:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._status(service, url)) for service, url in self._urls.items()]
        return [task.result() for task in asked]

    async def _status(self, service: str, url: str) -> ServiceStatus:
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                info = ServiceInfo.model_validate((await self._http.get(f"{url}/info")).json())
                readiness = Readiness.model_validate((await self._http.get(f"{url}/health/ready")).json())
        except TimeoutError:
            return ServiceStatus(service=service, reachable=False, problem=f"no answer within {_DEADLINE_SECONDS:g} s")
        except (httpx2.HTTPError, ValueError, ValidationError) as error:
            return ServiceStatus(service=service, reachable=False, problem=f"{type(error).__name__}: {error}")
        return ServiceStatus(
            service=service,
            reachable=True,
            ready=readiness.ready,
            version=info.version,
            instance=info.instance,
            leader=info.leader,
            uptime_seconds=info.uptime_seconds,
            checks=readiness.checks,
        )
