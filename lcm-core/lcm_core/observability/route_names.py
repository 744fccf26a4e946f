"""The template of the route that answered a request, e.g. ``/api/v1/workers/{worker_id}``: ids are no names."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Scope

NO_ROUTE = "(no route)"


class RouteNames:
    """Of *app*, read at the first question, when all its routes are there."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._names: dict[object, str] | None = None

    def of(self, scope: Scope) -> str:
        """Known once the request was routed, else ``(no route)``."""
        if self._names is None:
            self._names = dict(self._listed())
        return self._names.get(scope.get("endpoint"), NO_ROUTE)

    def _listed(self) -> Iterator[tuple[object, str]]:
        for route in iter_route_contexts(self._app.routes):
            if route.path is not None:
                yield route.endpoint or route.original_route, route.path
