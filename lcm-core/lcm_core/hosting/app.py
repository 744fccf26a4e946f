"""Assembles the FastAPI application that every LCM service runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

import structlog
from fastapi import APIRouter, FastAPI

from lcm_core.auth.dependencies import Authenticator
from lcm_core.auth.rate_limits import RateLimits
from lcm_core.auth.route_guard import refuse_unprotected_routes
from lcm_core.clock import Clock, SystemClock
from lcm_core.hosting.health import INFRASTRUCTURE_ROUTES, HealthCheck, ServiceIdentity, infrastructure_router
from lcm_core.hosting.hosted_service import HostedService, RestartPolicy, Supervisor
from lcm_core.hosting.middleware import BodyLimitMiddleware, UnexpectedErrorMiddleware
from lcm_core.hosting.openapi import install_problem_schema, operation_id
from lcm_core.hosting.problems import install_problem_handlers
from lcm_core.hosting.refusals import RefusalSink, tell_refusals
from lcm_core.observability import NO_TELEMETRY_OF_ITS_OWN, instrument_app, version_of
from lcm_core.settings import ServiceSettings

log = structlog.stdlib.get_logger(__name__)

Resources = Callable[[], AbstractAsyncContextManager[object]]
"""Opens what the hosted services and routes use (clients, connections), closes it after they have stopped."""

DOCUMENTATION_ROUTES = frozenset({"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"})


def create_service_app(
    settings: ServiceSettings,
    *,
    routers: Sequence[APIRouter] = (),
    hosted_services: Sequence[HostedService] = (),
    checks: Sequence[HealthCheck] = (),
    authenticators: Sequence[Authenticator] = (),
    resources: Resources | None = None,
    leader: Callable[[], bool] | None = None,
    paused: Callable[[], bool] | None = None,
    title: str | None = None,
    description: str = "",
    public_routes: frozenset[str] = frozenset(),
    body_limits: Mapping[str, int] | None = None,
    restart_policy: RestartPolicy | None = None,
    rate_limits: RateLimits | None = None,
    refusals: RefusalSink | None = None,
    clock: Clock | None = None,
) -> FastAPI:
    """An application with probes, metrics, problem documents, telemetry and hosted services.

    Hosted services start in the order given, after *resources* are open, and stop in the opposite order.
    *authenticators* are asked in order for the principal of a request. A route without ``require(...)`` keeps the
    application from starting unless its path is in *public_routes*. *body_limits* maps path prefixes to bytes.
    *leader* and *paused* answer /info. ``app.state.stopping`` is set as soon as the service begins to stop.
    Requests are counted against *rate_limits* (none when left out) and told to *refusals* when they are refused.
    """
    stopping, halt = asyncio.Event(), asyncio.Event()
    supervisor = Supervisor(
        hosted_services, grace_seconds=settings.shutdown_grace_seconds, policy=restart_policy, clock=clock
    )
    open_routes = public_routes | INFRASTRUCTURE_ROUTES | DOCUMENTATION_ROUTES
    version = version_of(settings.service_name)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        refuse_unprotected_routes(app, open_routes)
        stopping.clear()
        halt.clear()
        async with resources() if resources else nullcontext(), asyncio.TaskGroup() as group:
            group.create_task(supervisor.run(halt), name="supervisor")
            log.info("service_started", version=version)
            try:
                yield
            finally:
                stopping.set()
                halt.set()
        log.info("service_stopped")

    app = FastAPI(
        title=title or settings.service_name,
        description=description,
        version=version,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        telemetry=NO_TELEMETRY_OF_ITS_OWN,
    )
    app.state.stopping = stopping
    app.state.authenticators = tuple(authenticators)
    app.state.rate_limits = rate_limits or RateLimits({})
    app.state.supervisor = supervisor
    identity = ServiceIdentity(settings.service_name, version, settings.instance_id, leader, paused)
    app.include_router(infrastructure_router(identity, checks, supervisor, stopping))
    for router in routers:
        # As they are: included, each route would be built a second time for every application.
        app.router.routes.extend(router.routes)
    install_problem_handlers(app)
    install_problem_schema(app)
    app.add_middleware(UnexpectedErrorMiddleware)
    app.add_middleware(BodyLimitMiddleware, max_bytes=settings.max_body_bytes, limits=body_limits or {})
    tell_refusals(app, clock or SystemClock(), refusals)
    instrument_app(app)
    return app
