import asyncio
import random
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI, Request

from lcm_simulators.faults import EVENT_KINDS, REQUEST_KINDS, FaultMiddleware, FaultPlan, FaultSpec, faults_router
from lcm_simulators.serving import health_router, serve_in_process


async def _always_ready() -> bool:
    return True


@pytest.fixture
def plan() -> FaultPlan:
    return FaultPlan(REQUEST_KINDS | EVENT_KINDS)


@pytest.fixture
async def client(plan: FaultPlan) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.include_router(faults_router(plan))
    app.include_router(health_router(_always_ready))

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, str]:
        return {"body": (await request.body()).decode()}

    @app.get("/labs/{lab}")
    async def lab(lab: str) -> str:
        return lab

    async with (
        serve_in_process(FaultMiddleware(app, plan)) as url,
        httpx2.AsyncClient(base_url=url, timeout=5) as http,
    ):
        yield http


async def _add(client: httpx2.AsyncClient, **spec: object) -> str:
    answer = await client.post("/_sim/faults", json=spec)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_no_fault_leaves_requests_alone(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/labs/a")).json() == "a"


async def test_error_answers_with_the_given_status_and_body(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="error", status=429, body={"code": 429, "description": "slow down"})
    answer = await client.get("/labs/a")
    assert (answer.status_code, answer.json()) == (429, {"code": 429, "description": "slow down"})


async def test_error_strikes_only_as_often_as_asked(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="error", times=2)
    assert [(await client.get("/labs/a")).status_code for _ in range(3)] == [503, 503, 200]


@pytest.mark.parametrize(
    "match",
    [{"method": "POST"}, {"path_regex": "/nodes/"}, {"host": "127.10.0.9"}],
    ids=["other method", "other path", "other host"],
)
async def test_fault_spares_what_it_does_not_match(client: httpx2.AsyncClient, match: dict[str, str]) -> None:
    await _add(client, kind="error", match=match)
    assert (await client.get("/labs/a")).status_code == 200


async def test_fault_matches_method_path_and_host_together(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="error", match={"method": "get", "path_regex": "^/labs/", "host": "127.0.0.1"})
    assert (await client.get("/labs/a")).status_code == 503


async def test_latency_delays_the_real_answer(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="latency", latency_seconds=0.15)
    before = asyncio.get_running_loop().time()
    answer = await client.get("/labs/a")
    assert answer.json() == "a"
    assert asyncio.get_running_loop().time() - before >= 0.14


async def test_drop_closes_the_connection_without_an_answer(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="drop", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        await client.get("/labs/a")


async def test_server_keeps_serving_after_a_drop(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="drop", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        await client.post("/echo", content=b"x" * 100_000)
    assert (await client.get("/labs/a")).status_code == 200


async def test_hang_never_answers(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="hang")
    with pytest.raises(httpx2.ReadTimeout):
        await client.get("/labs/a", timeout=0.2)


async def test_hung_request_is_served_with_its_body_once_the_fault_is_lifted(
    client: httpx2.AsyncClient, plan: FaultPlan
) -> None:
    fault = await _add(client, kind="hang")
    async with asyncio.TaskGroup() as tasks:
        hung = tasks.create_task(client.post("/echo", content=b"y" * 200_000))
        async with asyncio.timeout(5):
            while plan.list()[0].applied == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert (await client.delete(f"/_sim/faults/{fault}")).status_code == 204
    assert hung.result().json() == {"body": "y" * 200_000}


async def test_broad_fault_spares_control_and_health_routes(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="error")
    assert (await client.get("/_sim/faults")).status_code == 200
    assert (await client.get("/health/live")).status_code == 200


async def test_fault_that_names_the_path_strikes_health(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="error", match={"path_regex": "^/health/ready"})
    assert (await client.get("/health/ready")).status_code == 503


async def test_clearing_lifts_every_fault(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="error")
    await _add(client, kind="drop")
    assert (await client.delete("/_sim/faults")).json() == {"removed": 2}
    assert (await client.get("/_sim/faults")).json() == []
    assert (await client.get("/labs/a")).status_code == 200


async def test_kind_that_cannot_strike_here_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/_sim/faults", json={"kind": "ec2_error", "code": "InsufficientInstanceCapacity"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "latency"},
        {"kind": "error", "times": 0},
        {"kind": "error", "match": {"path_regex": "("}},
        {"kind": "error", "surprise": 1},
        {"kind": "no_such"},
    ],
)
async def test_fault_that_makes_no_sense_is_refused(client: httpx2.AsyncClient, spec: dict[str, object]) -> None:
    assert (await client.post("/_sim/faults", json=spec)).status_code == 422


def test_probability_is_respected() -> None:
    plan = FaultPlan(rng=random.Random(7))
    plan.add(FaultSpec.model_validate({"kind": "error", "probability": 0.25}))
    struck = sum(bool(plan.take_for_request("GET", "/x", {"h"})) for _ in range(1000))
    assert 200 < struck < 300


async def test_a_lost_answer_is_of_a_request_that_was_carried_out(plan: FaultPlan) -> None:
    done: list[str] = []
    app = FastAPI()

    @app.post("/things")
    async def make() -> str:
        done.append("made")
        return "made"

    plan.add(FaultSpec.model_validate({"kind": "lost_answer", "times": 1}))
    async with (
        serve_in_process(FaultMiddleware(app, plan)) as url,
        httpx2.AsyncClient(base_url=url, timeout=5) as http,
    ):
        with pytest.raises(httpx2.RemoteProtocolError):
            await http.post("/things")
        assert done == ["made"]
        assert (await http.post("/things")).json() == "made"


async def test_what_came_in_is_told_whether_a_fault_struck_it_or_not(client: httpx2.AsyncClient) -> None:
    await _add(client, kind="error", times=1)
    await client.get("/labs/a")
    await client.post("/echo")
    seen = (await client.get("/_sim/faults/seen")).json()
    assert [(each["method"], each["path"]) for each in seen] == [("GET", "/labs/a"), ("POST", "/echo")]
    await client.delete("/_sim/faults/seen")
    assert (await client.get("/_sim/faults/seen")).json() == []
