"""A request that is sent again under its key is answered with the same bytes, and done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace

import httpx2
import pytest
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.routing import Route

from control_plane_api.api.kept_answers import KeptAnswersMiddleware, note_keyed
from control_plane_api.application.conditions import IDEMPOTENCY_KEYS, KeptAnswer, OnlyOnce
from control_plane_api.application.idempotency import KeyedRequest, Once
from control_plane_api.integration.repositories.idempotency_keys import MongoIdempotencyKeys
from control_plane_api.testing.bookable import TEMPLATE
from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready
from control_plane_api.testing.openapi_document import openapi_document
from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.sse_client import event_reader
from lcm_core.testing.manual_clock import ManualClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATHS = openapi_document()["paths"]


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
        self.kept: list[KeptAnswer] = []
        self.unanswered: list[str] = []

    async def keep(self, request: KeyedRequest, answer: KeptAnswer) -> None:
        self.kept.append(answer)

    async def leave_unanswered(self, request: KeyedRequest) -> None:
        self.unanswered.append(request.key)


async def answered(once: NotedAnswers, answer: Response) -> bytes:
    """The body of *answer* as it comes through the middleware."""

    async def route(request: Request) -> Response:
        note_keyed(request, KeyedRequest("me", "k", b"same"))
        return answer

    app = Starlette(routes=[Route("/", route, methods=["POST"])])
    app.add_middleware(KeptAnswersMiddleware)
    app.state.services = SimpleNamespace(once=once)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://here") as http:
        return (await http.post("/", headers={"Idempotency-Key": "k"})).content


@pytest.mark.parametrize(("header", "is_kept"), [("no-store", False), ("private", True)])
async def test_an_answer_that_says_no_store_is_sent_but_not_written_down(header: str, is_kept: bool) -> None:
    once = NotedAnswers()
    assert await answered(once, Response(b"a secret", headers={"Cache-Control": header})) == b"a secret"
    assert [each.body for each in once.kept] == ([b"a secret"] if is_kept else [])
    assert once.unanswered == ([] if is_kept else ["k"])


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1_048_576


@pytest.mark.parametrize("count", [4, 5])
async def test_an_answer_that_grows_too_large_is_passed_on_whole_and_not_kept(count: int) -> None:
    once = NotedAnswers()
    assert len(await answered(once, StreamingResponse(pieces(count)))) == count * 1_048_576
    assert ([len(each.body) for each in once.kept], once.unanswered) == (
        ([4_194_304], []) if count == 4 else ([], ["k"])
    )


async def test_a_stream_is_passed_on_as_it_comes_even_with_a_key(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("viewer") as viewer, asyncio.timeout(10):
        viewer.headers["Idempotency-Key"] = "t-6"
        async with event_reader(viewer) as events:
            assert (await events.next()).name == "snapshot"


async def test_of_many_sessions_each_is_done_under_one_key_and_told_again(
    shared_control_plane: RunningControlPlane,
) -> None:
    sessions = [a_session() for _ in range(3)]
    await Recorder(shared_control_plane.db).commit(*sessions)
    where, key = "/api/v1/lablet-sessions/bulk/terminate", {"Idempotency-Key": "t-7"}
    body = {"ids": [each.id for each in sessions], "reason": "the room is closed"}
    async with shared_control_plane.client("operator") as operator:
        first = await operator.post(where, json=body, headers=key)
        again = await operator.post(where, json=body, headers=key)
        other = await operator.post(where, json={**body, "ids": [sessions[0].id]}, headers=key)
    assert [each["outcome"] for each in first.json()["results"]] == ["done"] * 3
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_nobody_waits_for_an_answer_that_is_not_kept(shared_control_plane: RunningControlPlane) -> None:
    """The clock stands still: who waited would wait for ever."""
    keys, clock = MongoIdempotencyKeys(shared_control_plane.db), ManualClock()
    request = KeyedRequest("me", "k", b"same")
    document = OnlyOnce(request.id, request.fingerprint, clock.now()).document({"subscription": "s-1"})
    await shared_control_plane.db[IDEMPOTENCY_KEYS].insert_one(document)
    once = Once(keys, kept_hours=1, clock=clock, patience_seconds=3600)
    await once.leave_unanswered(request)

    async def work() -> str:
        raise AssertionError("it was done before")

    async def again(created: Mapping[str, str]) -> str:
        return created["subscription"]

    async with asyncio.timeout(10):
        assert await once.run(request, work, again) == ("s-1", True)
