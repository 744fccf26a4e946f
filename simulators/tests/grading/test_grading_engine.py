import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from joserfc.jwk import RSAKey

from lcm_simulators.grading.testing import RunningGrading, TestIssuer, running_grading, running_issuer
from lcm_simulators.serving import serve_in_process

RULESET = {
    "sections": [
        {
            "name": "Routing",
            "items": [
                {"name": "OSPF", "device": "r1", "command": "show run", "pattern": "^router ospf 1", "points": 3},
                {"name": "BGP", "device": "r1", "command": "show run", "pattern": "^router bgp", "points": 2},
            ],
        }
    ],
    "cut_score": 3,
    "max": 5,
}
POD = {"devices": [{"label": "r1", "outputs": [{"command": "show run", "output": "hostname r1\nrouter ospf 1\n"}]}]}


@dataclass
class GradeSink:
    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait_for(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.events) >= count)
        return self.events


@pytest.fixture
async def sink() -> AsyncIterator[GradeSink]:
    sink = GradeSink()
    app = FastAPI()

    @app.post("/api/events", status_code=202)
    async def events(request: Request) -> None:
        async with sink.changed:
            sink.events.append(await request.json())
            sink.changed.notify_all()

    async with serve_in_process(app) as url:
        sink.url = f"{url}/api/events"
        yield sink


@pytest.fixture
async def engine(sink: GradeSink, tmp_path: Path) -> AsyncIterator[RunningGrading]:
    async with running_grading(tmp_path, event_sink_url=sink.url) as running:
        yield running


@pytest.fixture
async def http(engine: RunningGrading) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": f"Bearer {engine.token}"}
    async with httpx2.AsyncClient(base_url=f"{engine.url}/api/v1", headers=headers, timeout=5) as client:
        yield client


async def _submission(http: httpx2.AsyncClient, external_id: str = "s1", *, pod: dict[str, Any] | None = None) -> str:
    """Address of a part that is ready to be graded."""
    await http.put("/rulesets/Form 1", json=RULESET)
    created = await http.post("/sessions", json={"external_id": external_id, "form_qualified_name": "Form 1"})
    assert created.status_code == 201, created.text
    session_id = created.json()["id"]
    assert (await http.post(f"/sessions/{session_id}/parts")).json()["part"] == 1
    part = f"/sessions/{session_id}/parts/1"
    assert (await http.put(f"{part}/pod", json=pod or POD)).status_code == 204
    return part


async def test_submission_is_graded_and_told(http: httpx2.AsyncClient, sink: GradeSink) -> None:
    part = await _submission(http)
    assert (await http.post(f"{part}/grade")).status_code == 202
    [event] = await sink.wait_for(1)
    data = event["data"]
    assert event["type"] == "grading.session.completed"
    assert (data["lablet_session_id"], data["external_id"], data["part"]) == ("s1", "s1", 1)
    assert (data["score"], data["max_score"], data["cut_score"], data["passed"]) == (3, 5, 3, True)
    assert [(s["name"], s["score"], s["max_score"]) for s in data["sections"]] == [("Routing", 3, 5)]


async def test_rules_with_a_review_tell_of_it_before_the_score(http: httpx2.AsyncClient, sink: GradeSink) -> None:
    part = await _submission(http)
    await http.put("/rulesets/Form 1", json={**RULESET, "review": True})
    await http.post(f"{part}/grade")
    review, completed = await sink.wait_for(2)
    assert (review["type"], completed["type"]) == ("grading.session.review", "grading.session.completed")
    assert review["data"] == {
        "grading_session_id": completed["data"]["grading_session_id"],
        "external_id": "s1",
        "lablet_session_id": "s1",
        "part": 1,
    }
    assert completed["data"]["score"] == 3


async def test_there_is_no_score_during_a_review(sink: GradeSink, tmp_path: Path) -> None:
    async with running_grading(tmp_path, event_sink_url=sink.url, review_seconds=3600) as engine:
        headers = {"authorization": f"Bearer {engine.token}"}
        async with httpx2.AsyncClient(base_url=f"{engine.url}/api/v1", headers=headers, timeout=5) as http:
            part = await _submission(http)
            await http.put("/rulesets/Form 1", json={**RULESET, "review": True})
            await http.post(f"{part}/grade")
            await sink.wait_for(1)
            results = (await http.get(f"{part}/results")).json()
            refused = await http.put(f"{part}/pod", json={"devices": []})
    assert (results["state"], results["score"], results["report_url"]) == ("REVIEWING", None, None)
    assert refused.status_code == 409


async def test_grading_twice_tells_once(http: httpx2.AsyncClient, sink: GradeSink) -> None:
    part = await _submission(http)
    for _ in range(3):
        assert (await http.post(f"{part}/grade")).status_code == 202
    await sink.wait_for(1)
    assert (await http.post(f"{part}/grade")).json()["state"] == "COMPLETED"
    other = await _submission(http, "s2")
    await http.post(f"{other}/grade")
    assert [event["data"]["external_id"] for event in await sink.wait_for(2)] == ["s1", "s2"]


async def test_results_stay_readable(http: httpx2.AsyncClient, sink: GradeSink) -> None:
    part = await _submission(http)
    assert (await http.get(f"{part}/results")).json()["state"] == "PENDING"
    await http.post(f"{part}/grade")
    await sink.wait_for(1)
    results = (await http.get(f"{part}/results")).json()
    assert (results["state"], results["score"]["score"]) == ("COMPLETED", 3)


async def test_report_is_readable_without_a_token(http: httpx2.AsyncClient, sink: GradeSink) -> None:
    part = await _submission(http)
    await http.post(f"{part}/grade")
    [event] = await sink.wait_for(1)
    async with httpx2.AsyncClient() as anonymous:
        report = await anonymous.get(event["data"]["report_url"])
    assert report.status_code == 200
    assert "3 of 5 points" in report.text


async def test_unknown_ruleset_fails_and_tells_why(http: httpx2.AsyncClient, sink: GradeSink) -> None:
    created = await http.post("/sessions", json={"external_id": "s1", "form_qualified_name": "Nowhere"})
    part = f"/sessions/{created.json()['id']}/parts/1"
    await http.post(part.removesuffix("/1"))
    await http.put(f"{part}/pod", json=POD)
    await http.post(f"{part}/grade")
    [event] = await sink.wait_for(1)
    assert event["type"] == "grading.session.failed"
    assert "Nowhere" in event["data"]["error"]


async def test_second_session_of_one_external_id_is_refused_but_found(http: httpx2.AsyncClient) -> None:
    part = await _submission(http)
    again = await http.post("/sessions", json={"external_id": "s1", "form_qualified_name": "Form 1"})
    assert again.status_code == 409
    [found] = (await http.get("/sessions", params={"external_id": "s1"})).json()
    assert part.startswith(f"/sessions/{found['id']}/")


async def test_part_without_a_pod_cannot_be_graded(http: httpx2.AsyncClient) -> None:
    created = await http.post("/sessions", json={"external_id": "s1", "form_qualified_name": "F"})
    session_id = created.json()["id"]
    await http.post(f"/sessions/{session_id}/parts")
    assert (await http.post(f"/sessions/{session_id}/parts/1/grade")).status_code == 409


async def test_another_collection_is_graded_anew(http: httpx2.AsyncClient, sink: GradeSink) -> None:
    part = await _submission(http)
    await http.post(f"{part}/grade")
    await sink.wait_for(1)
    output = {"command": "show run", "output": "router ospf 1\nrouter bgp 65000"}
    await http.put(f"{part}/pod", json={"devices": [{"label": "r1", "outputs": [output]}]})
    await http.post(f"{part}/grade")
    assert [event["data"]["score"] for event in await sink.wait_for(2)] == [3, 5]


async def test_same_collection_again_keeps_the_score(http: httpx2.AsyncClient, sink: GradeSink) -> None:
    part = await _submission(http)
    await http.post(f"{part}/grade")
    await sink.wait_for(1)
    await http.put(f"{part}/pod", json=POD)
    assert (await http.get(f"{part}/results")).json()["state"] == "COMPLETED"


async def test_call_without_token_is_refused(engine: RunningGrading) -> None:
    async with httpx2.AsyncClient(base_url=engine.url) as anonymous:
        answer = await anonymous.get("/api/v1/sessions")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def _forged(issuer: TestIssuer) -> str:
    key = RSAKey.generate_key(2048, parameters={"kid": "test-1"})
    return TestIssuer(issuer.url, key).token()


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda issuer: issuer.token(audience="urn:other"), 401),
        (lambda issuer: issuer.token(lifetime_seconds=-60), 401),
        (_forged, 401),
        (lambda issuer: "no.such.token", 401),
        (lambda issuer: TestIssuer("http://elsewhere", issuer.key).token(), 401),
        (lambda issuer: issuer.token(roles=["viewer"]), 403),
    ],
    ids=["other audience", "expired", "forged", "garbage", "other issuer", "role missing"],
)
async def test_token_that_does_not_suffice_is_refused(engine: RunningGrading, make: Any, status: int) -> None:
    headers = {"authorization": f"Bearer {make(engine.issuer)}"}
    async with httpx2.AsyncClient(base_url=engine.url, headers=headers) as http:
        assert (await http.get("/api/v1/sessions")).status_code == status


async def test_submission_being_graded_survives_kill(sink: GradeSink, tmp_path: Path, unused_tcp_port: int) -> None:
    base = f"http://127.0.0.1:{unused_tcp_port}"
    async with running_issuer() as issuer:
        env = {**os.environ, "SIM_GRADING_PORT": str(unused_tcp_port), "SIM_GRADING_STATE_DIR": str(tmp_path)}
        env |= {"SIM_GRADING_ISSUER": issuer.url, "SIM_GRADING_EVENT_SINK_URL": sink.url}
        env |= {"SIM_GRADING_DELAY_SECONDS": "1.5"}
        headers = {"authorization": f"Bearer {issuer.token()}"}
        async with httpx2.AsyncClient(base_url=f"{base}/api/v1", headers=headers) as http:
            process = await _start(env, base)
            part = await _submission(http)
            await http.post(f"{part}/grade")
            process.send_signal(signal.SIGKILL)
            await process.wait()
        assert sink.events == []
        process = await _start(env, base)
        [event] = await sink.wait_for(1)
        process.terminate()
        await process.wait()
    assert event["data"]["score"] == 3


async def _start(env: dict[str, str], base: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "lcm_simulators.grading", env=env)
    async with asyncio.timeout(30), httpx2.AsyncClient(base_url=base) as http:
        while True:
            try:
                if (await http.get("/health/ready")).status_code == 200:
                    return process
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
