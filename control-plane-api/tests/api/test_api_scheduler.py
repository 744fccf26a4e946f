"""What anybody who may look can know of the scheduler, from what is on record."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import AsyncMongoClient, monitoring

from control_plane_api.application.listings import PLACEMENT_DECISIONS
from control_plane_api.application.paging import PageRequest
from control_plane_api.integration.repositories.records import MongoSessionRecords
from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.clock import SystemClock
from lcm_core.coordination import EtcdClient, LeaderRecord
from lcm_core.domain.json_form import to_json_form
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.domain.scheduling_rules import RulesTold, RuleTold, SchedulingRules, rules_key
from lcm_core.eventstore.collections import Document
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.placement_builders import NOW, a_request, an_allocation
from lcm_core.testing.placement_builders import a_worker as a_snapshot

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_queue_says_who_waits_in_which_order_and_since_when(
    shared_control_plane: RunningControlPlane,
) -> None:
    sessions = [a_session(), a_session()]
    for session in sessions:
        await Recorder(shared_control_plane.db).commit(session)
    async with shared_control_plane.client("viewer") as viewer:
        queue = (await viewer.get("/api/v1/scheduler/queue")).json()
        first = (await viewer.get("/api/v1/scheduler/queue", params={"limit": 1})).json()
    assert (queue["total"], queue["unpromised"], queue["at_risk"]) == (2, 2, 0)
    assert {row["session_id"] for row in queue["sessions"]} == {session.id for session in sessions}
    assert [row["position"] for row in queue["sessions"]] == [1, 2]
    assert all(row["starts_at"] and row["priority"] for row in queue["sessions"])
    assert (first["total"], first["sessions"]) == (2, [{**queue["sessions"][0], "age_seconds": _age(first)}])


def _age(queue: dict[str, list[dict[str, float]]]) -> float:
    return queue["sessions"][0]["age_seconds"]


async def test_decisions_of_all_sessions_are_one_list_newest_first(shared_control_plane: RunningControlPlane) -> None:
    decision = {"engine_version": "2", "summary": "0/0 workers", "outcome": "wait", "decided_at": datetime.now(UTC)}
    await shared_control_plane.db["placement_decisions"].insert_many(
        {"_id": f"d-{day}", "session_id": f"s-{day % 2}", "at": f"2026-01-0{day}T00:00:00.000000Z", **decision}
        for day in range(1, 6)
    )
    path = "/api/v1/scheduler/decisions"
    async with shared_control_plane.client("viewer") as viewer:
        page = (await viewer.get(path, params={"limit": 2, "total": "true"})).json()
        of_one = (await viewer.get(path, params={"session_id": "s-1", "fields": "id"})).json()
        window = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-04T00:00:00Z", "fields": "id"}
        of_two_days = (await viewer.get(path, params=window)).json()
    assert ([row["id"] for row in page["items"]], page["total"]) == (["d-5", "d-4"], 5)
    assert of_one["items"] == [{"id": "d-5"}, {"id": "d-3"}, {"id": "d-1"}]
    assert of_two_days["items"] == [{"id": "d-3"}, {"id": "d-2"}]


LONG_AGO = "2025-01-01T00:00:00.000000Z"
LONG = ["candidates", "inputs"]
DECISIONS = "/api/v1/scheduler/decisions"


@pytest.mark.parametrize(
    ("wanted", "told"), [(None, []), ("id,candidates", ["candidates"]), ("candidates,inputs", LONG)]
)
async def test_what_grows_with_the_fleet_is_listed_only_where_it_is_asked_for(
    shared_control_plane: RunningControlPlane, wanted: str | None, told: list[str]
) -> None:
    id = f"long-{wanted}"
    await a_kept_decision(shared_control_plane, id, session_id=id, at=LONG_AGO)
    filters = {"session_id": id, **({"fields": wanted} if wanted else {})}
    async with shared_control_plane.client("viewer") as viewer:
        (row,) = (await viewer.get(DECISIONS, params=filters)).json()["items"]
        whole = (await viewer.get(f"{DECISIONS}/{id}")).json()["decision"]
    assert {name: row[name] for name in LONG if name in row} == {name: whole[name] for name in told}
    assert len(whole["candidates"]) == 2


async def test_a_list_without_verdicts_does_not_have_the_database_read_them_out(
    shared_control_plane: RunningControlPlane, mongo: MongoServer
) -> None:
    await a_kept_decision(shared_control_plane, "unread", session_id="unread", at=LONG_AGO)
    given = Given()
    async with AsyncMongoClient[Document](mongo.uri, event_listeners=[given]) as client:
        records = MongoSessionRecords(client[shared_control_plane.db.name], SystemClock())
        order = PLACEMENT_DECISIONS.order("-at")
        page = await records.page_of_decisions(order, PageRequest(10), {"session_id": "unread"}, None)
        await records.placement_decisions("unread")
    assert [row.id for row in page.rows] == ["unread"]
    assert len(given.fields) == 2
    assert all(fields.isdisjoint(LONG) for fields in given.fields)


class Given(monitoring.CommandListener):
    """The fields of each document that the database gave out."""

    def __init__(self) -> None:
        self.fields: list[set[str]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self.fields += [set(document) for document in event.reply.get("cursor", {}).get("firstBatch", ())]


async def test_the_landscape_has_an_hour_for_each_that_was_asked_for(
    shared_control_plane: RunningControlPlane,
) -> None:
    worker = made_ready(a_worker())
    await Recorder(shared_control_plane.db).commit(worker)
    async with shared_control_plane.client("viewer") as viewer:
        landscape = (await viewer.get("/api/v1/scheduler/landscape", params={"hours": 6})).json()
    assert len(landscape["hours"]) == 6
    assert sum(row["workers"] for row in landscape["supply"]) == 1


SCHEDULER = "resource-scheduler"
RULES = SchedulingRules(
    engine_version="4",
    filters=("status", "capacity"),
    weights=ScoringWeights(fullness=3),
    rules=(RuleTold(name="warm_workers", variable="X_WARM_WORKERS", value=2, default=0, description="Kept running."),),
    slowest_starts_seconds={"small": 90},
    clock_skew_seconds=0.1,
)


@asynccontextmanager
async def a_leading_scheduler(plane: RunningControlPlane) -> AsyncGenerator[tuple[EtcdClient, int]]:
    """Its etcd and its epoch."""
    prefix = plane.settings.etcd_prefix
    leader = LeaderRecord(holder="h", instance="scheduler-1", since=datetime.now(UTC))
    async with EtcdClient(plane.settings.etcd_endpoints) as etcd:
        await etcd.put(f"{prefix}/{SCHEDULER}/leader", leader.model_dump_json())
        found = await etcd.get(f"{prefix}/{SCHEDULER}/leader")
        assert found is not None
        yield etcd, found.create_revision
        await etcd.delete(f"{prefix}/{SCHEDULER}/leader")


async def the_policy_after(plane: RunningControlPlane, epoch_told: int) -> dict[str, Any]:
    async with a_leading_scheduler(plane) as (etcd, epoch), plane.client("viewer") as viewer:
        told = RulesTold(instance="scheduler-1", epoch=epoch + epoch_told, rules=RULES, at=datetime.now(UTC))
        await etcd.put(rules_key(plane.settings.etcd_prefix, SCHEDULER), told.model_dump_json())
        return (await viewer.get("/api/v1/scheduler/policy")).json()


async def test_the_policy_is_what_the_leader_tells(shared_control_plane: RunningControlPlane) -> None:
    policy = await the_policy_after(shared_control_plane, 0)
    assert policy["leader"] == "scheduler-1"
    assert policy["rules"] == RULES.model_dump(mode="json")


async def test_what_a_leader_before_told_is_no_policy(shared_control_plane: RunningControlPlane) -> None:
    policy = await the_policy_after(shared_control_plane, -1)
    assert (policy["leader"], policy["rules"], policy["told_at"]) == ("scheduler-1", None, None)


async def test_there_are_no_rules_while_nobody_leads(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("viewer") as viewer:
        policy = (await viewer.get("/api/v1/scheduler/policy")).json()
    assert policy == {"leader": None, "rules": None, "told_at": None}


async def a_kept_decision(plane: RunningControlPlane, id: str, **changes: Any) -> None:
    fleet = FleetSnapshot(NOW, (a_snapshot("w-1", allocations=(an_allocation(),)), a_snapshot("w-2", placeable=False)))
    decision = to_json_form(PlacementEngine().decide(a_request(), fleet, decision_id=id))
    await plane.db["placement_decisions"].insert_one({**decision, "_id": id, **changes})


async def test_one_decision_tells_what_each_score_is_made_of(shared_control_plane: RunningControlPlane) -> None:
    await a_kept_decision(shared_control_plane, "explained")
    async with shared_control_plane.client("viewer") as viewer:
        told = (await viewer.get("/api/v1/scheduler/decisions/explained")).json()
    (score,) = told["scores"]
    assert score["worker_id"] == told["decision"]["worker_id"] == "w-1"
    assert sum(part["points"] for part in score["parts"]) == pytest.approx(score["score"], abs=1e-5)


async def test_one_decision_comes_out_the_same_again(shared_control_plane: RunningControlPlane) -> None:
    await a_kept_decision(shared_control_plane, "again")
    async with shared_control_plane.client("viewer") as viewer:
        again = (await viewer.get("/api/v1/scheduler/decisions/again")).json()["again"]
    assert (again["same"], again["worker_id"], again["otherwise"]) == (True, "w-1", [])


async def test_a_verdict_that_the_rules_of_today_do_not_give_is_told(shared_control_plane: RunningControlPlane) -> None:
    await a_kept_decision(shared_control_plane, "other", weights={"fullness": 9.0})
    async with shared_control_plane.client("viewer") as viewer:
        again = (await viewer.get("/api/v1/scheduler/decisions/other")).json()["again"]
    assert again["same"] is False
    (otherwise,) = again["otherwise"]
    assert (otherwise["worker_id"], otherwise["before"]["score"] < otherwise["after"]["score"]) == ("w-1", True)


async def test_a_decision_that_kept_no_inputs_is_told_as_it_is(shared_control_plane: RunningControlPlane) -> None:
    await a_kept_decision(shared_control_plane, "old", inputs=None, engine_version="1")
    async with shared_control_plane.client("viewer") as viewer:
        told = (await viewer.get("/api/v1/scheduler/decisions/old")).json()
    assert (told["decision"]["id"], told["scores"], told["again"]) == ("old", [], None)


async def test_a_decision_that_is_not_there_is_not_found(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("viewer") as viewer:
        answer = await viewer.get("/api/v1/scheduler/decisions/never")
    assert answer.status_code == 404
