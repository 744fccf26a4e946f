"""A request that is sent again under its key is answered with the same bytes, and done once."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import httpx2
import pytest
from fastapi import Request, Response
from starlette.applications import Starlette
from starlette.routing import Route

from control_plane_api.api.kept_answers import KeptAnswersMiddleware, note_keyed
from control_plane_api.application.idempotency import KeptAnswer, KeyedRequest
from control_plane_api.openapi import openapi_text
from control_plane_api.testing.bookable import TEMPLATE
from control_plane_api.testing.builders import Recorder, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATHS = json.loads(openapi_text())["paths"]


def operations(*methods: str) -> list[tuple[str, str]]:
    return [
        (method, path)
        for path, item in PATHS.items()
        for method in item
        if path.startswith("/api/v1/") and method in methods
    ]


def headers_of(method: str, path: str) -> set[str]:
    return {each["name"].lower() for each in PATHS[path][method].get("parameters", []) if each["in"] == "header"}


def test_every_change_takes_a_key_and_a_version() -> None:
    changes = operations("post", "put", "delete", "patch")
    # A receiver of events agrees by a link, as often as it is followed.
    others = [each for each in changes if "/validation/" not in each[1]]
    without = [each for each in others if not {"idempotency-key", "if-match"} <= headers_of(*each)]
    assert (without, len(changes) > 40) == ([], True)


async def test_a_repetition_has_the_same_bytes_even_after_the_thing_has_changed(
    shared_control_plane: RunningControlPlane,
) -> None:
    key = {"Idempotency-Key": "t-1"}
    async with shared_control_plane.client("admin") as admin:
        first = await admin.post("/api/v1/worker-templates", json={**TEMPLATE, "name": "bytes"}, headers=key)
        changed = await admin.put(
            first.headers["Location"],
            json={**TEMPLATE, "name": "bytes", "description": "changed"},
            headers={"If-Match": first.headers["ETag"]},
        )
        again = await admin.post("/api/v1/worker-templates", json={**TEMPLATE, "name": "bytes"}, headers=key)
    assert changed.status_code == 200, changed.text
    assert (again.status_code, again.content) == (201, first.content)
    for header in ("Content-Type", "ETag", "Location"):
        assert again.headers[header] == first.headers[header]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


async def test_of_many_at_one_time_one_is_done_and_all_have_its_answer(
    shared_control_plane: RunningControlPlane,
) -> None:
    async with shared_control_plane.client("admin") as admin:
        answers = await asyncio.gather(
            *(
                admin.post(
                    "/api/v1/worker-templates",
                    json={**TEMPLATE, "name": "herd"},
                    headers={"Idempotency-Key": "t-2"},
                )
                for _ in range(6)
            )
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1


async def test_a_request_that_changed_nothing_is_answered_again_too(shared_control_plane: RunningControlPlane) -> None:
    worker = made_ready(a_worker())
    await Recorder(shared_control_plane.db).commit(worker)
    where, key = f"/api/v1/workers/{worker.id}/cancel-drain", {"Idempotency-Key": "t-3"}
    async with shared_control_plane.client("operator") as operator:
        first = await operator.post(where, headers=key)
        drained = await operator.post(f"/api/v1/workers/{worker.id}/drain", json={"reason": "patching"})
        again = await operator.post(where, headers=key)
        now = await operator.get(f"/api/v1/workers/{worker.id}")
    assert drained.json()["status"] == "DRAINING"
    assert again.content == first.content
    assert now.json()["status"] == "DRAINING"


async def test_a_refused_request_may_be_sent_again_under_its_key(shared_control_plane: RunningControlPlane) -> None:
    key, body = {"Idempotency-Key": "t-4"}, {"template_name": "later", "reason": "more room"}
    async with shared_control_plane.client("admin") as admin:
        refused = await admin.post("/api/v1/workers", json=body, headers=key)
        await admin.post("/api/v1/worker-templates", json={**TEMPLATE, "name": "later"})
        made = await admin.post("/api/v1/workers", json=body, headers=key)
    assert refused.status_code in (404, 409), refused.text
    assert made.status_code == 201, made.text


async def test_an_answer_is_kept_for_as_long_as_the_setting_says(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("admin") as admin:
        made = await admin.post(
            "/api/v1/worker-templates", json={**TEMPLATE, "name": "kept"}, headers={"Idempotency-Key": "t-5"}
        )
    keys = shared_control_plane.db["idempotency_keys"]
    kept = await keys.find_one({"created.worker_template": made.json()["id"]})
    assert kept is not None
    assert kept["answer"]["body"] == made.content
    expiry = await keys.index_information()
    assert [index["key"] for index in expiry.values() if index.get("expireAfterSeconds") == 0] == [[("expires_at", 1)]]


class NotedAnswers:
    """Stands where answers are kept."""

    def __init__(self) -> None:
        self.kept: list[tuple[KeyedRequest, KeptAnswer]] = []

    async def keep(self, request: KeyedRequest, answer: KeptAnswer) -> None:
        self.kept.append((request, answer))


@pytest.mark.parametrize(("header", "is_kept"), [("no-store", False), ("private", True)])
async def test_an_answer_that_says_no_store_is_sent_but_not_written_down(header: str, is_kept: bool) -> None:
    once = NotedAnswers()

    async def answer(request: Request) -> Response:
        note_keyed(request, KeyedRequest("me", "k", b"same"))
        return Response(b"a secret", headers={"Cache-Control": header})

    app = Starlette(routes=[Route("/", answer, methods=["POST"])])
    app.add_middleware(KeptAnswersMiddleware)
    app.state.services = SimpleNamespace(once=once)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://here") as http:
        sent = await http.post("/", headers={"Idempotency-Key": "k"})
    assert sent.content == b"a secret"
    assert [each.body for _, each in once.kept] == ([b"a secret"] if is_kept else [])
