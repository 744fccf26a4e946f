"""Every error leaves a service as a problem document that says what is wrong."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

import httpx2
import pytest
import structlog
from fastapi import APIRouter
from opentelemetry.sdk.resources import Resource
from pydantic import BaseModel, Field

from lcm_core.domain.errors import (
    CapacityRefused,
    FarEndError,
    IllegalTransition,
    InputProblem,
    InvalidInput,
    LcmError,
    NotFound,
    RuleViolation,
    StaleLeader,
    StoreUnavailable,
    VersionConflict,
)
from lcm_core.hosting import create_service_app
from lcm_core.observability.tracing import configure_tracing
from lcm_core.settings import ServiceSettings
from lcm_core.testing.http_server import serving

ERRORS: dict[str, LcmError] = {
    "not-found": NotFound("worker", "w1"),
    "illegal-transition": IllegalTransition("lablet_session", "s1", "INSTANTIATING", "RUNNING"),
    "rule": RuleViolation("A worker with a live session cannot be stopped.", code="worker-busy"),
    "capacity": CapacityRefused("No room for 4 cores.", facts={"short_by": {"cpu_cores": 4}}),
    "conflict": VersionConflict("worker-w1", 3),
    "stale": StaleLeader("resource-scheduler", 5, 9),
    "input": InvalidInput([InputProblem("/timeslot/end", "lies before the start")]),
    "store": StoreUnavailable("writing", "no primary"),
    "far": FarEndError("lds", "LDS refused the session.", retryable=False),
}


class Slot(BaseModel):
    start: int
    minutes: int = Field(le=480)


router = APIRouter()


@router.get("/errors/{name}")
async def fail(name: str) -> None:
    raise ERRORS[name]


@router.get("/unexpected")
async def break_down() -> None:
    raise KeyError("password=hunter2 in a message")


@router.post("/slots")
async def book(slot: Slot, dry_run: bool = False) -> Slot:
    return slot


@pytest.fixture
async def client() -> AsyncGenerator[httpx2.AsyncClient]:
    configure_tracing(Resource.get_empty(), sample_ratio=0, otlp_endpoint=None)
    settings = ServiceSettings(service_name="test-service", oidc_issuer="http://issuer.invalid", max_body_bytes=200)
    public = frozenset({"/errors/{name}", "/unexpected", "/slots"})
    app = create_service_app(settings, routers=[router], public_routes=public, body_limits={"/slots/large": 2000})
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        yield http


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("not-found", 404, "not-found"),
        ("illegal-transition", 409, "illegal-transition"),
        ("rule", 409, "worker-busy"),
        ("capacity", 409, "capacity-refused"),
        ("conflict", 409, "version-conflict"),
        ("stale", 409, "stale-leader"),
        ("input", 422, "invalid-input"),
        ("store", 503, "store-unavailable"),
        ("far", 502, "far-end-failed"),
    ],
)
async def test_each_kind_of_error_has_its_status_and_code(
    client: httpx2.AsyncClient, name: str, status: int, code: str
) -> None:
    response = await client.get(f"/errors/{name}")
    body = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"] == f"urn:lcm:problem:{code}"
    assert body["detail"] == str(ERRORS[name])
    assert body["instance"] == f"/errors/{name}"
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_facts_are_told_to_programs(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/errors/capacity")).json()["facts"] == {"short_by": {"cpu_cores": 4}}


async def test_a_rule_about_input_points_at_it(client: httpx2.AsyncClient) -> None:
    errors = (await client.get("/errors/input")).json()["errors"]
    assert errors == [{"pointer": "#/timeslot/end", "message": "lies before the start"}]


async def test_each_wrong_field_is_pointed_at(client: httpx2.AsyncClient) -> None:
    response = await client.post("/slots", params={"dry_run": "perhaps"}, json={"minutes": 900})
    assert response.status_code == 422
    found = {(each.get("location", "body"), each["pointer"]) for each in response.json()["errors"]}
    assert found == {("query", "#/dry_run"), ("body", "#/start"), ("body", "#/minutes")}


async def test_a_body_that_is_no_json_is_400(client: httpx2.AsyncClient) -> None:
    response = await client.post("/slots", content=b'{"start": ', headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (400, "malformed-request")


async def test_what_was_sent_is_not_sent_back(client: httpx2.AsyncClient) -> None:
    response = await client.post("/slots", json={"start": "hunter2-secret", "minutes": 5})
    assert "hunter2-secret" not in response.text


async def test_an_unknown_route_is_a_problem(client: httpx2.AsyncClient) -> None:
    response = await client.get("/nowhere")
    assert (response.status_code, response.json()["code"]) == (404, "no-such-route")


async def test_a_wrong_method_names_the_right_ones(client: httpx2.AsyncClient) -> None:
    response = await client.delete("/slots")
    assert response.status_code == 405
    assert "POST" in response.json()["detail"]
    assert response.headers["Allow"] == "POST"


async def test_an_unexpected_error_tells_a_trace_and_no_secret(client: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs() as logs:
        response = await client.get("/unexpected")
    assert response.status_code == 500
    assert "hunter2" not in response.text
    assert response.json()["trace_id"] in response.json()["detail"]
    assert [entry["event"] for entry in logs] == ["unexpected_error"]


async def test_a_declared_large_body_is_refused_at_once(client: httpx2.AsyncClient) -> None:
    response = await client.post("/slots", content=b"x" * 500)
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


async def test_a_streamed_large_body_is_refused(client: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 50

    response = await client.post("/slots", content=pieces(), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


async def test_a_correlation_id_is_returned(client: httpx2.AsyncClient) -> None:
    response = await client.get("/errors/rule", headers={"X-Correlation-ID": "booking-42"})
    assert response.headers["X-Correlation-ID"] == "booking-42"
    assert response.json()["correlation_id"] == "booking-42"


@pytest.mark.parametrize("offered", ["", "a b", "x" * 200, "evil\tvalue"])
async def test_an_unusable_correlation_id_is_replaced(client: httpx2.AsyncClient, offered: str) -> None:
    response = await client.get("/errors/rule", headers={"X-Correlation-ID": offered})
    assert response.headers["X-Correlation-ID"] not in {"", offered}


async def test_the_openapi_document_tells_the_form_of_errors(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    responses = document["paths"]["/slots"]["post"]["responses"]
    assert set(responses) == {"200", "400", "404", "409", "413", "415", "422", "500", "502", "503"}
    assert responses["413"] == {"$ref": "#/components/responses/Problem413"}
    told = document["components"]["responses"]["Problem413"]["content"]["application/problem+json"]
    assert told["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert told["example"]["code"] == "body-too-large"
    assert {"Problem", "InputError"} <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in document["components"]["schemas"]
