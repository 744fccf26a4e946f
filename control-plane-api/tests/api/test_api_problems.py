"""What cannot be done is answered with a problem document, and nothing is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from control_plane_api.testing.builders import Recorder, a_session
from control_plane_api.testing.running_control_plane import RunningControlPlane

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFINITION: dict[str, Any] = {
    "name": "broken",
    "form_qualified_name": "Exam CCNP v1 LAB 1.1",
    "topology_yaml": "lab: {title: x}",
}
BOOKING: dict[str, Any] = {
    "definition_id": "no-such-definition",
    "candidate": {"username": "ada"},
    "duration_minutes": 45,
}


@asynccontextmanager
async def writing_nothing(shared_control_plane: RunningControlPlane) -> AsyncIterator[None]:
    before = await shared_control_plane.commits()
    yield
    assert await shared_control_plane.commits() == before


def is_problem(answer: httpx2.Response, status: int, code: str) -> bool:
    problem = answer.json()
    return (
        answer.status_code == status
        and answer.headers["Content-Type"] == "application/problem+json"
        and problem["code"] == code
        and problem["type"] == f"urn:lcm:problem:{code}"
        and bool(problem["detail"])
    )


@pytest.mark.parametrize(
    "topology", ["nodes: [", "just a string", "- a list", "nodes: []\nlinks: []", "lab: {title: x}\nnodes: 7"]
)
async def test_a_malformed_topology(shared_control_plane: RunningControlPlane, topology: str) -> None:
    async with shared_control_plane.client("admin") as admin, writing_nothing(shared_control_plane):
        answer = await admin.post("/api/v1/lablet-definitions", json={**DEFINITION, "topology_yaml": topology})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]


async def test_an_unknown_definition(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("lms") as lms, writing_nothing(shared_control_plane):
        answer = await lms.post("/api/v1/reservations", json=BOOKING)
    assert is_problem(answer, 404, "not-found"), answer.text


async def test_an_impossible_transition_names_both_states(shared_control_plane: RunningControlPlane) -> None:
    session = a_session()
    await Recorder(shared_control_plane.db).commit(session)
    async with (
        shared_control_plane.client("service", client_id="lablet-controller") as service,
        writing_nothing(shared_control_plane),
    ):
        answer = await service.post(f"/api/internal/sessions/{session.id}/start-instantiation", json={})
    assert is_problem(answer, 409, "illegal-transition"), answer.text
    assert (answer.json()["facts"]["from"], answer.json()["facts"]["to"]) == ("PENDING", "INSTANTIATING")


async def test_an_oversized_body(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("admin") as admin, writing_nothing(shared_control_plane):
        answer = await admin.post("/api/v1/reservations", content=b"x" * 5_000_000)
    assert is_problem(answer, 413, "body-too-large"), answer.text


async def test_a_wrong_token(shared_control_plane: RunningControlPlane) -> None:
    async with httpx2.AsyncClient(base_url=shared_control_plane.url) as http, writing_nothing(shared_control_plane):
        answer = await http.post("/api/v1/reservations", json=BOOKING, headers={"Authorization": "Bearer not-a-token"})
    assert is_problem(answer, 401, "invalid-token"), answer.text


async def _broken_json(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post("/api/v1/reservations", content=b"{", headers={"Content-Type": "application/json"})


def _template(amount: str) -> str:
    """A worker template with *amount* cores and cost, as text."""
    return (
        '{"name": "metal", "region": "r", "instance_type": "m5zn.metal", "license_type": "PERSONAL", '
        f'"capacity": {{"cpu_cores": {amount}}}, "cost_per_hour_usd": {amount}}}'
    )


Send = Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]
MALFORMED: list[tuple[str, Send, int]] = [
    ("no JSON", _broken_json, 400),
    ("an unknown field", lambda http: http.post("/api/v1/reservations", json={**BOOKING, "colour": "red"}), 422),
    (
        "a negative duration",
        lambda http: http.post("/api/v1/reservations", json={**BOOKING, "duration_minutes": -1}),
        422,
    ),
    ("an unknown status", lambda http: http.get("/api/v1/lablet-sessions", params={"status": "SLEEPING"}), 422),
    ("too large a page", lambda http: http.get("/api/v1/lablet-sessions", params={"limit": 100_000}), 422),
    ("a number beyond 64 bits", lambda http: http.post("/api/v1/worker-templates", content=_template("1" * 30)), 422),
    ("an endless number", lambda http: http.post("/api/v1/worker-templates", content=_template("Infinity")), 422),
    (
        "half of a surrogate pair",
        lambda http: http.post("/api/v1/worker-templates", content=_template("1").replace("metal", r"\ud800")),
        422,
    ),
    ("another method", lambda http: http.patch("/api/v1/reservations"), 405),
    (
        "an If-Match that is none",
        lambda http: http.delete("/api/v1/reservations/x", headers={"If-Match": "seven"}),
        422,
    ),
]


@pytest.mark.parametrize(("what", "send", "status"), MALFORMED, ids=[what for what, _, _ in MALFORMED])
async def test_a_malformed_request(
    shared_control_plane: RunningControlPlane, what: str, send: Send, status: int
) -> None:
    async with shared_control_plane.client("admin") as admin, writing_nothing(shared_control_plane):
        answer = await send(admin)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), what


@pytest.mark.parametrize(
    ("path", "body"),
    [("drain", {}), ("desired-status", {"desired_status": "STOPPED"})],
)
async def test_a_service_that_forces_what_only_an_operator_may(
    shared_control_plane: RunningControlPlane, path: str, body: dict[str, Any]
) -> None:
    async with shared_control_plane.client("service") as service, writing_nothing(shared_control_plane):
        answer = await service.post(
            f"/api/internal/workers/any/{path}", json={**body, "reason": "because", "force": True}
        )
    assert is_problem(answer, 422, "invalid-input"), answer.text
