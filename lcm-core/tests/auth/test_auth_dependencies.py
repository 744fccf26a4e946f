"""Who gets through to a route."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request

from lcm_core.auth import BearerAuthenticator, InvalidToken, Principal, Role, require, unprotected_routes
from lcm_core.hosting import create_service_app
from lcm_core.settings import ServiceSettings
from lcm_core.testing.http_server import serving


class _NamedRole:
    """Accepts ``Bearer <role>`` for the name of a role."""

    async def verify(self, token: str) -> Principal:
        if token not in {role.value for role in Role}:
            raise InvalidToken("it is made up")
        return Principal(token, "test", frozenset({Role(token)}), token)


class _CookieSession:
    async def authenticate(self, request: Request) -> Principal | None:
        name = request.cookies.get("session")
        return Principal(name, "ui", frozenset({Role.VIEWER}), name) if name else None


router = APIRouter(prefix="/api/v1")


@router.get("/workers")
async def list_workers(caller: Annotated[Principal, Depends(require(Role.VIEWER))]) -> str:
    return caller.name


@router.post("/workers", dependencies=[Depends(require(Role.OPERATOR))])
async def create_worker() -> None:
    return None


@router.post("/internal", dependencies=[Depends(require(Role.SERVICE))])
async def internal() -> None:
    return None


@pytest.fixture
async def client() -> AsyncGenerator[httpx2.AsyncClient]:
    settings = ServiceSettings(service_name="test-service", oidc_issuer="http://issuer.invalid")
    app = create_service_app(
        settings, routers=[router], authenticators=[BearerAuthenticator(_NamedRole()), _CookieSession()]
    )
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        yield http


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_nobody_is_let_in_without_credentials(client: httpx2.AsyncClient) -> None:
    response = await client.get("/api/v1/workers")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="lcm"'
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "unauthenticated"


async def test_a_bad_token_is_told_why(client: httpx2.AsyncClient) -> None:
    response = await client.get("/api/v1/workers", headers=bearer("forged"))
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert response.json()["detail"] == "The token is not accepted: it is made up."


async def test_a_known_caller_without_the_role_is_forbidden(client: httpx2.AsyncClient) -> None:
    response = await client.post("/api/v1/workers", headers=bearer("viewer"))
    assert response.status_code == 403
    assert response.json()["facts"] == {"needed_roles": ["operator"], "held_roles": ["viewer"]}


@pytest.mark.parametrize("role", ["viewer", "operator", "instructor", "admin"])
async def test_every_person_may_look(client: httpx2.AsyncClient, role: str) -> None:
    response = await client.get("/api/v1/workers", headers=bearer(role))
    assert response.json() == role


@pytest.mark.parametrize("role", [role.value for role in Role if role is not Role.SERVICE])
async def test_internal_routes_are_for_services_only(client: httpx2.AsyncClient, role: str) -> None:
    assert (await client.post("/api/v1/internal", headers=bearer(role))).status_code == 403


async def test_another_kind_of_credentials_can_be_plugged_in(client: httpx2.AsyncClient) -> None:
    response = await client.get("/api/v1/workers", headers={"Cookie": "session=carol"})
    assert response.json() == "carol"


def test_requiring_no_role_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        require()


def _app_with_an_open_route() -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.include_router(router, prefix="/nested")
    inner = APIRouter()
    inner.add_api_route("/open/{id}", internal, methods=["DELETE"])
    app.include_router(inner, prefix="/api")
    return app


def test_open_routes_are_found_below_routers() -> None:
    assert unprotected_routes(_app_with_an_open_route()) == ["DELETE /api/open/{id}"]


def test_declared_public_routes_are_allowed() -> None:
    assert unprotected_routes(_app_with_an_open_route(), allow={"/api/open/{id}"}) == []


async def test_a_service_with_an_undeclared_open_route_does_not_start() -> None:
    settings = ServiceSettings(service_name="test-service", oidc_issuer="http://issuer.invalid")
    open_router = APIRouter()
    open_router.add_api_route("/open", internal)
    app = create_service_app(settings, routers=[open_router])
    with pytest.raises(RuntimeError, match="GET /open"):
        async with app.router.lifespan_context(app):
            pass
