"""Who may call which route, read from the routes themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from lcm_core.auth.dependencies import RoleRequirement
from lcm_core.auth.principal import Role, with_included


@dataclass(frozen=True, slots=True)
class RouteAccess:
    """One route: *requirement* is None where nobody is asked who they are."""

    methods: tuple[str, ...]
    path: str
    requirement: RoleRequirement | None

    @property
    def name(self) -> str:
        """``"METHODS path"``, as in lists of public routes."""
        return f"{','.join(self.methods)} {self.path}"

    def admits(self, role: Role) -> bool:
        """Whether a caller with *role* alone gets through."""
        return self.requirement is None or not with_included(frozenset({role})).isdisjoint(self.requirement.roles)

    def shows_own_only_to(self, role: Role) -> bool:
        """Whether such a caller meets nothing but what belongs to it."""
        if self.requirement is None or not self.admits(role):
            return False
        through = with_included(frozenset({role})) & self.requirement.roles
        return through <= self.requirement.own_only


def routes_of(app: FastAPI) -> Iterator[RouteAccess]:
    """Every route of *app*, those below routers, mounts and sockets included."""
    for route in iter_route_contexts(app.routes):
        path = route.path if route.path is not None else str(route.original_route)
        methods = tuple(sorted(route.methods or ())) or (type(route.original_route).__name__.upper(),)
        yield RouteAccess(methods, path, _requirement(getattr(route, "dependant", None)))


def _requirement(dependant: Dependant | None) -> RoleRequirement | None:
    if dependant is None:
        return None
    if isinstance(dependant.call, RoleRequirement):
        return dependant.call
    return next((found for each in dependant.dependencies if (found := _requirement(each)) is not None), None)


def unprotected_routes(app: FastAPI, allow: Collection[str] = frozenset()) -> list[str]:
    """``"METHODS path"`` of every route of *app* without ``require(...)``.

    *allow* lists what is open on purpose: path templates, or ``"METHODS path"`` for one route of a path.
    """
    return [
        route.name
        for route in routes_of(app)
        if route.requirement is None and route.path not in allow and route.name not in allow
    ]


def refuse_unprotected_routes(app: FastAPI, allow: Collection[str]) -> None:
    """Deny by default: an application with an open route that was not declared public does not start."""
    found = unprotected_routes(app, allow)
    if found:
        raise RuntimeError(
            "These routes let anybody in; give each a require(...) dependency or list its path in public_routes: "
            + "; ".join(found)
        )
