"""Probes, metrics and info, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
from opentelemetry.sdk.resources import Resource

from lcm_core.hosting import HealthCheck, create_service_app
from lcm_core.hosting.hosted_service import RestartPolicy
from lcm_core.observability.metrics import configure_metrics
from lcm_core.settings import ServiceSettings
from lcm_core.testing.http_server import serving

SETTINGS = ServiceSettings(service_name="lcm-core", instance_id="one", oidc_issuer="http://issuer.invalid")


class Service:
    name = "feed"

    def __init__(self, run: Callable[[], Awaitable[None]]) -> None:
        self._run = run

    async def run(self) -> None:
        await self._run()


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _answers() -> str:
    return "3 members"


async def _fails() -> None:
    raise ConnectionError("mongodb://lcm:hunter2@db:27017 refused")


@asynccontextmanager
async def service(
    *checks: HealthCheck, run: Callable[[], Awaitable[None]] = _for_ever
) -> AsyncGenerator[httpx2.AsyncClient]:
    app = create_service_app(
        SETTINGS,
        hosted_services=[Service(run)],
        checks=checks,
        leader=lambda: True,
        restart_policy=RestartPolicy(first=30, most=30),
    )
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        yield http


async def test_a_service_whose_dependencies_answer_is_ready() -> None:
    async with service(HealthCheck("etcd", _answers)) as http:
        response = await http.get("/health/ready")
    assert response.status_code == 200
    etcd, feed = response.json()["checks"]
    assert (etcd["healthy"], etcd["message"], feed["name"], feed["healthy"]) == (True, "3 members", "feed", True)


async def test_a_dependency_that_fails_is_named_without_its_password() -> None:
    async with service(HealthCheck("etcd", _answers), HealthCheck("mongodb", _fails)) as http:
        response = await http.get("/health/ready")
    assert response.status_code == 503
    message = response.json()["checks"][1]["message"]
    assert "refused" in message
    assert "hunter2" not in message


async def test_a_dependency_that_hangs_does_not_hang_the_probe() -> None:
    async with service(HealthCheck("etcd", _for_ever, deadline_seconds=0.05)) as http:
        response = await http.get("/health/ready")
    assert response.json()["checks"][0]["message"] == "no answer within 0.05 s"


async def test_a_crashed_hosted_service_makes_the_service_not_ready() -> None:
    async def crash() -> None:
        raise ValueError("the feed broke")

    async with service(run=crash) as http:
        response = await http.get("/health/ready")
        alive = await http.get("/health/live")
    assert response.status_code == 503
    assert "the feed broke" in response.json()["checks"][0]["message"]
    assert alive.status_code == 200


async def test_metrics_are_at_exactly_that_path() -> None:
    configure_metrics(Resource.get_empty())
    async with service() as http:
        await http.get("/info")
        response = await http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    assert 'lcm_http_request_duration_seconds_bucket{http_request_method="GET"' in response.text
    assert 'http_route="/info"' in response.text


async def test_info_says_who_answers() -> None:
    async with service() as http:
        info = (await http.get("/info")).json()
    assert (info["service"], info["instance"], info["version"], info["leader"]) == ("lcm-core", "one", "0.1.0", True)
