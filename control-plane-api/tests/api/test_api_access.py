"""Deny by default: every route, every role."""

from __future__ import annotations

import re

import httpx2
import pytest

from control_plane_api.api.controllers.auth_controller import AUTH_ROUTES
from control_plane_api.api.controllers.ui_controller import UI_ROUTE
from control_plane_api.api.controllers.v1.subscriptions_controller import VALIDATION_ROUTE
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.auth import Role, unprotected_routes
from lcm_core.auth.route_guard import RouteAccess, routes_of
from lcm_core.hosting.app import DOCUMENTATION_ROUTES
from lcm_core.hosting.health import INFRASTRUCTURE_ROUTES

pytestmark = pytest.mark.asyncio(loop_scope="module")

STREAM = "/api/v1/events/stream"
OPEN_ON_PURPOSE = AUTH_ROUTES | INFRASTRUCTURE_ROUTES | DOCUMENTATION_ROUTES | {UI_ROUTE, VALIDATION_ROUTE}


def guarded_routes(plane: RunningControlPlane) -> list[tuple[str, str, RouteAccess]]:
    """(method, path with ids filled in, who may call it) of every route that asks for a role."""
    return [
        (method, re.sub(r"\{[^}]+\}", "some-id", route.path), route)
        for route in routes_of(plane.app)
        if route.requirement is not None
        for method in route.methods
    ]


async def test_no_route_is_open_but_those_that_are_meant_to_be(shared_control_plane: RunningControlPlane) -> None:
    assert unprotected_routes(shared_control_plane.app, OPEN_ON_PURPOSE) == []


async def test_every_route_refuses_nobody_and_every_role_that_it_does_not_name(
    shared_control_plane: RunningControlPlane,
) -> None:
    let_in: list[str] = []
    before = await shared_control_plane.commits()
    tokens = {role: shared_control_plane.token(role) for role in Role}
    async with httpx2.AsyncClient(base_url=shared_control_plane.url) as http:
        for method, path, route in guarded_routes(shared_control_plane):
            if (await http.request(method, path)).status_code != 401:
                let_in.append(f"nobody: {method} {path}")
            for role in Role:
                if route.admits(role):
                    continue
                headers = {"Authorization": f"Bearer {tokens[role]}"}
                answer = await http.request(method, path, headers=headers)
                if answer.status_code != 403 or answer.json()["code"] != "forbidden":
                    let_in.append(f"{role.value}: {method} {path} -> {answer.status_code}")
    assert let_in == []
    assert await shared_control_plane.commits() == before


async def test_every_route_lets_every_role_in_that_it_names(shared_control_plane: RunningControlPlane) -> None:
    """With an id that nobody has and an empty body: what comes back is about that, never about who asks."""
    kept_out: list[str] = []
    tokens = {role: shared_control_plane.token(role) for role in Role}
    async with httpx2.AsyncClient(base_url=shared_control_plane.url, timeout=20) as http:
        for method, path, route in guarded_routes(shared_control_plane):
            if path == STREAM:
                continue
            for role in Role:
                if route.admits(role):
                    headers = {"Authorization": f"Bearer {tokens[role]}"}
                    status = (await http.request(method, path, headers=headers)).status_code
                    if status in (401, 403, 405) or status >= 500:
                        kept_out.append(f"{role.value}: {method} {path} -> {status}")
    assert kept_out == []


async def test_the_live_stream_is_open_to_those_who_look_at_everything(
    shared_control_plane: RunningControlPlane,
) -> None:
    for role in (Role.VIEWER, Role.INSTRUCTOR, Role.OPERATOR, Role.ADMIN):
        async with shared_control_plane.client(role) as http, http.stream("GET", STREAM) as answer:
            assert answer.status_code == 200, role


async def test_internal_routes_are_for_services_only_and_public_ones_for_no_service(
    shared_control_plane: RunningControlPlane,
) -> None:
    for _, path, route in guarded_routes(shared_control_plane):
        if path.startswith("/api/internal/"):
            assert [role for role in Role if route.admits(role)] == [Role.SERVICE], path
        elif not path.startswith("/auth/"):
            assert not route.admits(Role.SERVICE), path
