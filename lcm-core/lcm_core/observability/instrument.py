"""Attach request telemetry to an application."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from lcm_core.observability.http_telemetry import RequestTelemetryMiddleware
from lcm_core.observability.route_names import RouteNames

NO_TELEMETRY_OF_ITS_OWN: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""For ``FastAPI(telemetry=…)``. The framework would record each request a second time, with the query of its address,
where an authorization code can stand."""


def instrument_app(app: FastAPI) -> None:
    """Measure and trace every request of *app*; call after all other middleware is added, so that this is outermost."""
    app.add_middleware(RequestTelemetryMiddleware, routes=RouteNames(app))
