"""Finds routes that let anybody in."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from lcm_core.auth.dependencies import RoleRequirement


def _requires_role(dependant: Dependant | None) -> bool:
    if dependant is None:
        return False
    return isinstance(dependant.call, RoleRequirement) or any(_requires_role(each) for each in dependant.dependencies)


def unprotected_routes(app: FastAPI, allow: Collection[str] = frozenset()) -> list[str]:
    """``"METHODS path"`` of every route of *app* without ``require(...)``, mounts and sockets included.

    *allow* lists what is open on purpose: path templates, or ``"METHODS path"`` for one route of a path.
    """
    found: list[str] = []
    for route in iter_route_contexts(app.routes):
        path = route.path if route.path is not None else str(route.original_route)
        methods = ",".join(sorted(route.methods or ())) or type(route.original_route).__name__.upper()
        is_meant_to_be = path in allow or f"{methods} {path}" in allow
        if not is_meant_to_be and not _requires_role(getattr(route, "dependant", None)):
            found.append(f"{methods} {path}")
    return found


def refuse_unprotected_routes(app: FastAPI, allow: Collection[str]) -> None:
    """Deny by default: an application with an open route that was not declared public does not start."""
    found = unprotected_routes(app, allow)
    if found:
        raise RuntimeError(
            "These routes let anybody in; give each a require(...) dependency or list its path in public_routes: "
            + "; ".join(found)
        )
