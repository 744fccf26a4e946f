"""Recovery over HTTP: who may, with which reason, what comes of it, and what is told of many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.coordination import EtcdClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 60
WHY = {"reason": "the exam of this afternoon"}
SESSIONS, RECONCILERS = "/api/v1/lablet-sessions", "/api/v1/reconcilers"
OF_A_SESSION: dict[str, dict[str, Any]] = {
    "re-place": {},
    "assign": {"worker_id": "w"},
    "retry-step": {},
    "skip-step": {"step": "converge"},
    "detach": {},
    "skip-grading": {},
    "transition": {"target": "STOPPING"},
    "recollect": {},
    "regrade": {},
}
ROUTES = [
    *(f"{SESSIONS}/s/{action}" for action in OF_A_SESSION),
    f"{SESSIONS}/bulk/retry",
    f"{SESSIONS}/bulk/terminate",
    "/api/v1/workers/w/resync-labs",
    *(f"{RECONCILERS}/worker-controller/{order}" for order in ("pause", "resume", "trigger", "resign")),
    "/api/v1/system/rebuild-etcd",
    "/api/v1/system/rebuild-projections",
]


@pytest.fixture
def record(shared_control_plane: RunningControlPlane) -> Recorder:
    return Recorder(shared_control_plane.db)


async def until(
    http: httpx2.AsyncClient, path: str, holds: Callable[[Any], bool], seconds: float = DEADLINE
) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while True:
            told = (await http.get(path)).json()
            if holds(told):
                return told
            await asyncio.sleep(0.05)


def of(service: str) -> Callable[[Any], dict[str, Any]]:
    return lambda told: next(each for each in told if each["service"] == service)


async def test_viewers_and_an_lms_recover_nothing(shared_control_plane: RunningControlPlane) -> None:
    before = await shared_control_plane.commits()
    for role in ("viewer", "lms"):
        async with shared_control_plane.client(role) as http:
            answers = [(await http.post(path, json=WHY)).status_code for path in ROUTES]
        assert answers == [403] * len(ROUTES)
    assert await shared_control_plane.commits() == before


async def test_nothing_is_done_without_a_reason(shared_control_plane: RunningControlPlane) -> None:
    before = await shared_control_plane.commits()
    async with shared_control_plane.client("admin") as http:
        answers = {path: await http.post(path, json=OF_A_SESSION.get(path.split("/")[-1], {})) for path in ROUTES}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(ROUTES, 422)
    assert await shared_control_plane.commits() == before


async def test_the_reason_stands_in_the_metadata_of_the_commit(
    shared_control_plane: RunningControlPlane, record: Recorder
) -> None:
    session = a_session(id="by-hand")
    await record.commit(session)
    async with shared_control_plane.client("operator", subject="olga") as http:
        moved = await http.post(f"{SESSIONS}/by-hand/transition", json={"target": "TERMINATED", **WHY})
        log = (await http.get(f"{SESSIONS}/by-hand/events")).json()
    assert moved.status_code == 200, moved.text
    assert (log[-1]["metadata"]["actor"], log[-1]["metadata"]["reason"]) == ("olga", WHY["reason"])


async def test_many_are_terminated_each_by_itself(shared_control_plane: RunningControlPlane, record: Recorder) -> None:
    for name in ("bulk-1", "bulk-2"):
        await record.commit(a_session(id=name, owner_id="bulk-owner"))
    mine = {"filter": {"owner_id": "bulk-owner"}, **WHY}
    async with shared_control_plane.client("operator") as http:
        dry = (await http.post(f"{SESSIONS}/bulk/terminate", json={**mine, "dry_run": True})).json()
        part = (await http.post(f"{SESSIONS}/bulk/terminate", json={**mine, "limit": 1})).json()
        ids = {"ids": ["bulk-1", "bulk-2", "nobody"], **WHY}
        again = {**mine, "cursor": part["next"], "dry_run": True}
        onwards = (await http.post(f"{SESSIONS}/bulk/terminate", json=again)).json()
        alive = (await http.post(f"{SESSIONS}/bulk/terminate", json={**mine, "limit": 1, "dry_run": True})).json()
        rest = (await http.post(f"{SESSIONS}/bulk/terminate", json=ids)).json()
        retried = (await http.post(f"{SESSIONS}/bulk/retry", json=ids)).json()
        everything = await http.post(f"{SESSIONS}/bulk/terminate", json={"filter": {}, **WHY})
        neither = await http.post(f"{SESSIONS}/bulk/terminate", json=WHY)

    assert {each["outcome"] for each in dry["results"]} == {"would_do"}
    assert (dry["done"], len(dry["results"])) == (0, 2)
    assert (part["done"], part["more"]) == (1, True)
    left = {"bulk-1", "bulk-2"} - {part["results"][0]["session_id"]}
    assert [{each["session_id"] for each in told["results"]} for told in (onwards, alive)] == [left, left]
    assert (onwards["more"], onwards["next"]) == (False, None)
    assert (rest["done"], rest["unchanged"], rest["refused"]) == (1, 1, 1)
    assert rest["results"][-1]["problem"]["code"] == "not-found"
    assert [each["problem"]["code"] for each in retried["results"]] == ["other-status", "other-status", "not-found"]
    assert "TERMINATED" in retried["results"][0]["problem"]["detail"]
    assert everything.status_code == neither.status_code == 422


async def test_a_pause_is_on_record_and_in_etcd_and_the_leader_takes_notice(
    shared_control_plane: RunningControlPlane,
) -> None:
    service = "control-plane-api"
    async with shared_control_plane.client("operator", subject="olga") as http:
        await until(http, RECONCILERS, lambda told: of(service)(told)["in_effect"] is True)
        paused = (await http.post(f"{RECONCILERS}/{service}/pause", json=WHY)).json()
        known = of(service)(
            await until(http, RECONCILERS, lambda told: of(service)(told)["paused"] and of(service)(told)["in_effect"])
        )
        info = (await http.get("/info")).json()
        root = shared_control_plane.settings.etcd_prefix
        async with EtcdClient(shared_control_plane.settings.etcd_endpoints) as etcd:
            wanted = await etcd.get(f"{root}/reconcilers/{service}/wanted")
        await http.post(f"{RECONCILERS}/{service}/resume", json=WHY)
        await until(http, RECONCILERS, lambda told: not of(service)(told)["paused"] and of(service)(told)["in_effect"])
        after = (await http.get("/info")).json()

    assert (paused["pause"]["by"], paused["pause"]["reason"]) == ("olga", WHY["reason"])
    assert known["leader"] == info["instance"]
    assert {loop["name"]: loop["paused"] for loop in known["loops"]} == {"etcd-sweep": True, "maintenance": True}
    assert wanted is not None
    assert wanted.json()["paused"] is True
    assert (info["paused"], after["paused"]) == (True, False)


async def test_who_resigns_is_followed_by_another_term(shared_control_plane: RunningControlPlane) -> None:
    service = "control-plane-api"
    async with shared_control_plane.client("operator") as http:
        before = of(service)(await until(http, RECONCILERS, lambda told: of(service)(told)["epoch"]))
        sent = await http.post(f"{RECONCILERS}/{service}/resign", json=WHY)
        await until(http, RECONCILERS, lambda told: (of(service)(told)["epoch"] or 0) > before["epoch"])
        nobody = await http.post(f"{RECONCILERS}/worker-controller/resign", json=WHY)
    assert (sent.status_code, nobody.status_code, nobody.json()["code"]) == (202, 409, "nobody-leads")


async def test_etcd_is_written_anew_and_what_does_not_belong_is_deleted(
    shared_control_plane: RunningControlPlane, record: Recorder
) -> None:
    await record.commit(a_session(id="in-etcd"))
    root = shared_control_plane.settings.etcd_prefix
    key, junk = f"{root}/sessions/in-etcd/status", f"{root}/sessions/nobody/status"
    async with (
        shared_control_plane.client("admin") as http,
        EtcdClient(shared_control_plane.settings.etcd_endpoints) as etcd,
    ):
        await etcd.put(key, '{"version": 0, "status": "a lie"}')
        await etcd.put(junk, '{"version": 1}')
        started = await http.post("/api/v1/system/rebuild-etcd", json=WHY)
        done = await until(http, "/api/v1/system/rebuild-etcd", lambda told: told["status"] != "RUNNING")
        told, gone = await etcd.get(key), await etcd.get(junk)

    assert (started.status_code, done["status"], done["run"]["error"]) == (202, "DONE", "")
    stages = {stage["name"]: stage for stage in done["run"]["stages"]}
    assert {"lablet_session", "cml_worker", "reconciler"} <= stages.keys()
    assert stages["lablet_session"]["changed"] >= 2
    assert told is not None
    assert (told.json()["status"], gone) == ("PENDING", None)


async def test_documents_are_made_again_from_the_log(
    shared_control_plane: RunningControlPlane, record: Recorder
) -> None:
    await record.commit(a_session(id="rebuilt"))
    sessions = shared_control_plane.db["lablet_sessions"]
    right = await sessions.find_one({"_id": "rebuilt"})
    await sessions.update_one({"_id": "rebuilt"}, {"$set": {"owner_id": "somebody else"}})
    body = {"collections": ["lablet_sessions"], **WHY}
    async with shared_control_plane.client("admin") as http:
        await http.post("/api/v1/system/rebuild-projections", json=body)
        done = await until(http, "/api/v1/system/rebuild-projections", lambda told: told["status"] != "RUNNING")
        unknown = await http.post("/api/v1/system/rebuild-projections", json={"collections": ["x"], **WHY})

    (stage,) = done["run"]["stages"]
    assert (done["status"], stage["name"], stage["changed"], stage["failed"]) == ("DONE", "lablet_sessions", 1, 0)
    assert await sessions.find_one({"_id": "rebuilt"}) == right
    assert unknown.status_code == 422


async def test_the_labs_of_a_host_are_looked_at_when_somebody_asks(
    shared_control_plane: RunningControlPlane, record: Recorder
) -> None:
    worker = a_worker(id="asked")
    await record.commit(worker)
    async with shared_control_plane.client("operator") as http:
        early = await http.post("/api/v1/workers/asked/resync-labs", json=WHY)
        made_ready(worker)
        await record.commit(worker)
        asked = await http.post("/api/v1/workers/asked/resync-labs", json=WHY)
    assert (early.status_code, early.json()["code"]) == (409, "host-cannot-be-asked")
    assert (asked.status_code, asked.json()["labs_resync_requested_at"] is not None) == (202, True)
