"""Attach request telemetry to an application."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from lcm_core.observability.http_telemetry import RequestTelemetryMiddleware


def instrument_app(app: FastAPI) -> None:
    """Measure and trace every request of *app*; call after all other middleware is added, so that this is outermost."""

    def templates() -> Iterator[tuple[object, str]]:
        for route in iter_route_contexts(app.routes):
            if route.path is not None:
                yield route.endpoint or route.original_route, route.path

    app.add_middleware(RequestTelemetryMiddleware, templates=templates)
