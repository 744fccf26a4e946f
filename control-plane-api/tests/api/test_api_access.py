"""Deny by default: every route, every role."""

from __future__ import annotations

import re

import httpx2
import pytest
from fastapi.routing import iter_route_contexts

from control_plane_api.api.controllers.auth_controller import AUTH_ROUTES
from control_plane_api.api.controllers.ui_controller import UI_ROUTE
from control_plane_api.api.controllers.v1.subscriptions_controller import VALIDATION_ROUTE
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.auth import Role, unprotected_routes
from lcm_core.auth.dependencies import RoleRequirement
from lcm_core.hosting.app import DOCUMENTATION_ROUTES
from lcm_core.hosting.health import INFRASTRUCTURE_ROUTES

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN_ON_PURPOSE = AUTH_ROUTES | INFRASTRUCTURE_ROUTES | DOCUMENTATION_ROUTES | {UI_ROUTE, VALIDATION_ROUTE}


def guarded_routes(shared_control_plane: RunningControlPlane) -> list[tuple[str, str, frozenset[Role]]]:
    """(method, path with ids filled in, roles) of every route that asks for one."""
    found: list[tuple[str, str, frozenset[Role]]] = []
    for context in iter_route_contexts(shared_control_plane.app.routes):
        dependant = getattr(context, "dependant", None)
        roles = _roles(dependant) if dependant is not None else None
        if context.path is not None and roles is not None:
            path = re.sub(r"\{[^}]+\}", "some-id", context.path)
            found += [(method, path, roles) for method in sorted(context.methods or ())]
    return found


def _roles(dependant: object) -> frozenset[Role] | None:
    call = getattr(dependant, "call", None)
    if isinstance(call, RoleRequirement):
        return call.roles
    for each in getattr(dependant, "dependencies", ()):
        roles = _roles(each)
        if roles is not None:
            return roles
    return None


async def test_no_route_is_open_but_those_that_are_meant_to_be(shared_control_plane: RunningControlPlane) -> None:
    assert unprotected_routes(shared_control_plane.app, OPEN_ON_PURPOSE) == []


async def test_every_route_refuses_nobody_and_every_role_that_it_does_not_name(
    shared_control_plane: RunningControlPlane,
) -> None:
    let_in: list[str] = []
    before = await shared_control_plane.commits()
    tokens = {role: shared_control_plane.token(role) for role in Role}
    async with httpx2.AsyncClient(base_url=shared_control_plane.url) as http:
        for method, path, roles in guarded_routes(shared_control_plane):
            if (await http.request(method, path)).status_code != 401:
                let_in.append(f"nobody: {method} {path}")
            for role in Role:
                if _holds(role, roles):
                    continue
                headers = {"Authorization": f"Bearer {tokens[role]}"}
                answer = await http.request(method, path, headers=headers)
                if answer.status_code != 403 or answer.json()["code"] != "forbidden":
                    let_in.append(f"{role.value}: {method} {path} -> {answer.status_code}")
    assert let_in == []
    assert await shared_control_plane.commits() == before


def _holds(role: Role, needed: frozenset[Role]) -> bool:
    from lcm_core.auth.principal import with_included

    return not with_included(frozenset({role})).isdisjoint(needed)


async def test_internal_routes_are_for_services_only_and_public_ones_for_no_service(
    shared_control_plane: RunningControlPlane,
) -> None:
    for _, path, roles in guarded_routes(shared_control_plane):
        if path.startswith("/api/internal/"):
            assert roles == {Role.SERVICE}, path
        else:
            assert Role.SERVICE not in roles, path


@pytest.mark.parametrize("claims", [{"aud": "another-api"}, {"iss": "http://another"}, {"exp": 1}])
async def test_a_token_that_does_not_hold_is_refused_with_its_reason(
    shared_control_plane: RunningControlPlane, claims: dict[str, object]
) -> None:
    token = shared_control_plane.issuer.token(["admin"], **claims)
    async with httpx2.AsyncClient(base_url=shared_control_plane.url) as http:
        answer = await http.get("/api/v1/workers", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
