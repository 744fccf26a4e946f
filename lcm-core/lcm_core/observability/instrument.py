"""Attach request telemetry to an application."""

from __future__ import annotations

from fastapi import FastAPI

from lcm_core.observability.http_telemetry import RequestTelemetryMiddleware
from lcm_core.observability.route_names import RouteNames


def instrument_app(app: FastAPI) -> None:
    """Measure and trace every request of *app*; call after all other middleware is added, so that this is outermost."""
    app.add_middleware(RequestTelemetryMiddleware, routes=RouteNames(app))
