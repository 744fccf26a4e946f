"""/health/live, /health/ready, /metrics and /info: what an orchestrator, Prometheus and an operator ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from lcm_core.hosting.hosted_service import Supervisor
from lcm_core.observability.metrics import CONTENT_TYPE, prometheus_text
from lcm_core.observability.redaction import redact_text

INFRASTRUCTURE_ROUTES = frozenset({"/health/live", "/health/ready", "/metrics", "/info"})
"""Open to anyone who reaches the port: they carry no business data."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A question to something this service cannot work without.

    *probe* talks to the real thing and raises, with a message for an operator, when it is not usable; what it returns
    is shown as the message. It is given up after *deadline_seconds*.
    """

    name: str
    probe: Callable[[], Awaitable[object]]
    deadline_seconds: float = 2.0


class DependencyHealth(BaseModel):
    name: str
    kind: Literal["dependency", "hosted_service", "lifecycle"]
    healthy: bool
    latency_ms: float | None = Field(default=None, description="Time the check took.")
    message: str = ""


class Readiness(BaseModel):
    ready: bool
    service: str
    instance: str
    checks: list[DependencyHealth]


class Liveness(BaseModel):
    alive: Literal[True] = True
    uptime_seconds: float


class ServiceInfo(BaseModel):
    service: str
    version: str
    instance: str
    leader: bool | None = Field(description="Whether this instance leads its service; null when it has no leader.")
    paused: bool | None = Field(
        default=None, description="Whether this instance takes up nothing new; null when it cannot be paused."
    )
    uptime_seconds: float


@dataclass(frozen=True, slots=True)
class ServiceIdentity:
    service: str
    version: str
    instance: str
    leader: Callable[[], bool] | None = None
    paused: Callable[[], bool] | None = None


async def run_check(check: HealthCheck) -> DependencyHealth:
    started = time.perf_counter()
    healthy, message = False, ""
    try:
        async with asyncio.timeout(check.deadline_seconds):
            answer = await check.probe()
        healthy, message = True, answer if isinstance(answer, str) else ""
    except TimeoutError:
        message = f"no answer within {check.deadline_seconds:g} s"
    except Exception as error:  # noqa: BLE001 - whatever a probe raises is the answer to the question
        message = f"{type(error).__name__}: {error}"
    latency_ms = round((time.perf_counter() - started) * 1000, 1)
    return DependencyHealth(
        name=check.name, kind="dependency", healthy=healthy, latency_ms=latency_ms, message=redact_text(message)
    )


async def _readiness(
    identity: ServiceIdentity, checks: Sequence[HealthCheck], supervisor: Supervisor, stopping: asyncio.Event
) -> Readiness:
    found = list(await asyncio.gather(*(run_check(check) for check in checks)))
    for service in supervisor.services:
        problem = service.problem
        found.append(
            DependencyHealth(
                name=service.name, kind="hosted_service", healthy=problem is None, message=redact_text(problem or "")
            )
        )
    if stopping.is_set():
        found.append(DependencyHealth(name=identity.service, kind="lifecycle", healthy=False, message="stopping"))
    return Readiness(
        ready=all(check.healthy for check in found),
        service=identity.service,
        instance=identity.instance,
        checks=found,
    )


def infrastructure_router(
    identity: ServiceIdentity, checks: Sequence[HealthCheck], supervisor: Supervisor, stopping: asyncio.Event
) -> APIRouter:
    router = APIRouter(tags=["infrastructure"])
    started = time.monotonic()

    @router.get("/health/live", summary="Is the process alive")
    async def live() -> Liveness:
        return Liveness(uptime_seconds=round(time.monotonic() - started, 1))

    @router.get("/health/ready", summary="Can it do its work", responses={503: {"model": Readiness}})
    async def ready(response: Response) -> Readiness:
        readiness = await _readiness(identity, checks, supervisor, stopping)
        response.status_code = 200 if readiness.ready else 503
        response.headers["Cache-Control"] = "no-store"
        return readiness

    @router.get("/metrics", summary="Measurements for Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(prometheus_text(), headers={"Content-Type": CONTENT_TYPE})

    @router.get("/info", summary="Who answers here")
    async def info() -> ServiceInfo:
        return ServiceInfo(
            service=identity.service,
            version=identity.version,
            instance=identity.instance,
            leader=identity.leader() if identity.leader else None,
            paused=identity.paused() if identity.paused else None,
            uptime_seconds=round(time.monotonic() - started, 1),
        )

    _ = (live, ready, metrics, info)
    return router
