"""Who is refused is told why and how to go on, and is on record; who asks too much has to wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from control_plane_api.api.controllers.auth_controller import NoLoginProvider
from control_plane_api.application.identity import LogoutNotice
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import oidc_issuer

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMITS = {"viewer": 5, "operator": 50, "anonymous": 4, "login": 3}
SETTINGS = "/api/v1/system/settings"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict(mongo: MongoServer, etcd: EtcdServer) -> AsyncIterator[RunningControlPlane]:
    """A control plane that lets nobody ask much; each test has callers of its own."""
    changes: dict[str, Any] = {"rate_limits": LIMITS, "stream_most_per_caller": 2, "max_body_bytes": 2_000}
    async with (
        oidc_issuer({}) as issuer,
        running_control_plane(mongo, etcd, issuer, trusted_proxies=["127.0.0.1"], **changes) as running,
    ):
        yield running


def from_address(address: str) -> dict[str, str]:
    """As the proxy in front says it; the test is at the address of a trusted one."""
    return {"X-Forwarded-For": address}


async def test_every_answer_says_what_is_left(strict: RunningControlPlane) -> None:
    async with strict.client("viewer", subject="polite") as http:
        first, second = await http.get(SETTINGS), await http.get(SETTINGS)
    assert first.headers["RateLimit-Policy"] == '"viewer";q=5;w=60'
    assert first.headers["RateLimit"].startswith('"viewer";r=4;t=')
    assert second.headers["RateLimit"].startswith('"viewer";r=3;t=')


async def test_one_request_too_many_is_429_with_when_to_come_back(strict: RunningControlPlane) -> None:
    async with strict.client("viewer", subject="greedy") as http:
        answers = [await http.get(SETTINGS) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    refused = answers[-1]
    assert refused.json()["code"] == "rate-limited"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) == refused.json()["facts"]["retry_after_seconds"] <= 60
    assert refused.headers["RateLimit"].startswith('"viewer";r=0;t=')


async def test_callers_are_counted_apart_and_each_by_its_most_generous_role(strict: RunningControlPlane) -> None:
    async with strict.client("viewer", subject="one") as one, strict.client("viewer", subject="other") as other:
        for _ in range(5):
            await one.get(SETTINGS)
        assert (await other.get(SETTINGS)).status_code == 200
    async with strict.client("viewer", "operator", subject="one") as promoted:
        assert (await promoted.get(SETTINGS)).headers["RateLimit-Policy"] == '"operator";q=50;w=60'


async def test_who_guesses_tokens_is_stopped_and_slows_nobody_else_at_that_address(
    strict: RunningControlPlane,
) -> None:
    here = from_address("203.0.113.7")
    async with httpx2.AsyncClient(base_url=strict.url) as http:
        bad = {"Authorization": "Bearer guessed", **here}
        guesses = [(await http.get(SETTINGS, headers=bad)).status_code for _ in range(6)]
    async with strict.client("viewer", subject="neighbour") as neighbour:
        assert (await neighbour.get(SETTINGS, headers=here)).status_code == 200
    assert guesses == [401] * 4 + [429] * 2


async def test_addresses_of_one_ipv6_network_count_as_one(strict: RunningControlPlane) -> None:
    async with httpx2.AsyncClient(base_url=strict.url) as http:
        statuses = [(await http.get(SETTINGS, headers=from_address(f"2001:db8::{n}"))).status_code for n in range(6)]
    assert statuses == [401] * 4 + [429] * 2


async def test_logins_are_counted_by_address(strict: RunningControlPlane) -> None:
    here = from_address("203.0.113.8")
    async with httpx2.AsyncClient(base_url=strict.url) as http:
        paths = ("/auth/login", "/auth/callback?state=x", "/auth/login", "/auth/callback?state=y")
        statuses = [(await http.get(path, headers=here)).status_code for path in paths]
    assert statuses == [409, 303, 409, 429]


async def test_who_guesses_logout_tokens_is_stopped_before_they_are_looked_at(strict: RunningControlPlane) -> None:
    form, where = {"logout_token": "guessed"}, f"{strict.url}/auth/backchannel-logout"
    looked_at: list[str] = []

    class Counting(NoLoginProvider):
        async def logged_out(self, logout_token: str) -> LogoutNotice:
            looked_at.append(logout_token)
            return await super().logged_out(logout_token)

    known = strict.app.state.browser_login
    strict.app.state.browser_login = replace(known, provider=Counting())
    try:
        async with httpx2.AsyncClient(headers=from_address("198.51.100.77")) as http:
            answers = [await http.post(where, data=form) for _ in range(6)]
    finally:
        strict.app.state.browser_login = known
    assert [each.status_code for each in answers] == [400] * 4 + [429] * 2
    assert answers[-1].headers["RateLimit"].startswith('"anonymous";r=0;t=')
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert len(looked_at) == 4


async def test_one_caller_holds_so_many_streams_and_another_when_one_is_closed(strict: RunningControlPlane) -> None:
    path = "/api/v1/events/stream"
    async with strict.client("operator", subject="watcher") as http:
        async with http.stream("GET", path) as first, http.stream("GET", path) as second:
            begun = [each.aiter_bytes() for each in (first, second)]
            assert all([await anext(each) for each in begun])
            third = await http.get(path)
            assert (third.status_code, third.json()["facts"]["limit"]) == (429, 2)
            assert (third.json()["code"], "2 live streams" in third.json()["detail"]) == ("too-many-streams", True)
        assert third.headers["Retry-After"] == "5"


async def test_probes_and_metrics_are_never_limited(strict: RunningControlPlane) -> None:
    async with httpx2.AsyncClient(base_url=strict.url) as http:
        statuses = [(await http.get("/health/live", headers=from_address("203.0.113.9"))).status_code for _ in range(9)]
    assert statuses == [200] * 9


@pytest.mark.parametrize("is_declared", [True, False], ids=["with a length", "in chunks"])
async def test_a_body_that_is_too_large_is_413_and_on_record(strict: RunningControlPlane, is_declared: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 100

    content = b" " * 4_000 if is_declared else pieces()
    async with strict.client("operator", subject="heavy") as http:
        answer = await http.post("/api/v1/workers", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    kept = await strict.refused(status=413)
    assert kept["code"] == "body-too-large"


async def test_a_refused_change_is_on_record_with_who_what_where_and_why(strict: RunningControlPlane) -> None:
    headers = {"X-Correlation-ID": "try-1", **from_address("198.51.100.4")}
    async with strict.client("viewer", subject="vera", client_id="lcm-ui") as http:
        answer = await http.post("/api/v1/workers/w-1/drain", json={"reason": "x"}, headers=headers)
    kept = await strict.refused(actor="vera")
    assert kept["_id"] and kept["at"] and kept["recorded_on"]
    told = {name: kept[name] for name in kept if name not in ("_id", "at", "recorded_on")}
    assert told == {
        "count": 1,
        "actor": "vera",
        "client": "lcm-ui",
        "roles": ["viewer"],
        "method": "POST",
        "route": "POST /api/v1/workers/{worker_id}/drain",
        "resource_type": "cml_worker",
        "resource_id": "w-1",
        "status": 403,
        "code": "forbidden",
        "reason": answer.json()["detail"],
        "remote": "198.51.100.4",
        "correlation_id": "try-1",
    }


async def test_a_change_that_a_rule_forbids_is_on_record_too(strict: RunningControlPlane) -> None:
    async with strict.client("operator", subject="otto") as http:
        await http.post("/api/v1/workers/no-such-worker/drain", json={"reason": "maintenance"})
    kept = await strict.refused(actor="otto")
    assert (kept["status"], kept["code"], kept["resource_id"]) == (404, "not-found", "no-such-worker")


async def test_the_same_attempt_again_and_again_is_counted_not_repeated(strict: RunningControlPlane) -> None:
    async with strict.client("viewer", subject="stubborn") as http:
        for _ in range(4):
            await http.post("/api/v1/workers/w-2/drain", json={"reason": "x"})
    await strict.refused(actor="stubborn")
    kept = await strict.db["refused_attempts"].find({"actor": "stubborn"}).to_list()
    assert sum(each["count"] for each in kept) <= 4
    assert len(kept) < 4


async def test_a_failed_login_is_on_record(strict: RunningControlPlane) -> None:
    async with httpx2.AsyncClient(base_url=strict.url) as http:
        await http.get("/auth/callback?state=slipped", headers=from_address("198.51.100.9"))
    kept = await strict.refused(remote="198.51.100.9")
    assert (kept["actor"], kept["status"], kept["code"]) == (None, 401, "login-state-mismatch")
