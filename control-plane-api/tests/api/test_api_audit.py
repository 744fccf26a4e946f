"""Who did what, when, from where, why, before and after; who was refused what; and the proof of it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient, monitoring

from control_plane_api.api.audit_export import COLUMNS, ExportFormat, exported, harmless
from control_plane_api.api.streamed_response import StreamedResponse
from control_plane_api.application.paging import Page, PageRequest, Position
from control_plane_api.application.refused_attempts import REFUSED_ATTEMPTS
from control_plane_api.application.services.audit_trail import AuditFilter
from control_plane_api.integration.anchors import LogAnchors
from control_plane_api.integration.repositories.audit_trail import MongoAuditTrail
from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.clock import SystemClock
from lcm_core.contracts.audit import AuditEntry
from lcm_core.domain.commit import Commit, CommitMetadata, RecordedEvent
from lcm_core.domain.errors import Conflict
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import Document
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import oidc_issuer
from lcm_core.testing.s3_server import a_bucket_name, s3_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

AUDIT = "/api/v1/audit"
TEMPLATE: dict[str, Any] = {
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "capacity": {"cpu_cores": 14, "memory_gb": 64, "storage_gb": 400, "nodes": 40, "ports": 200},
    "license_type": "PERSONAL",
    "cost_per_hour_usd": 4.0,
}


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane(mongo: MongoServer, etcd: EtcdServer, s3_url: str) -> AsyncIterator[RunningControlPlane]:
    """One for all tests of this file, with a bucket for anchors."""
    settings = {"anchor_bucket": a_bucket_name("anchors"), "s3_endpoint_url": s3_url}
    async with oidc_issuer() as issuer, running_control_plane(mongo, etcd, issuer, **settings) as running:
        yield running


async def make_template(plane: RunningControlPlane, *, by: str, correlation: str = "") -> str:
    """A worker template by a caller of its own; the answer is its id."""
    body = {**TEMPLATE, "name": f"metal-{uuid4().hex[:8]}"}
    headers = {"X-Correlation-ID": correlation} if correlation else {}
    async with plane.client("admin", subject=by, client_id="lcm-ui") as admin:
        made = await admin.post("/api/v1/worker-templates", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return made.json()["id"]


async def refuse(plane: RunningControlPlane, **fields: Any) -> str:
    id = uuid4().hex
    document = {
        "_id": id,
        "at": instant_text(datetime.now(UTC)),
        "actor": "mallory",
        "client": "curl",
        "method": "POST",
        "route": "/api/v1/workers/{worker_id}/drain",
        "resource_type": "cml_worker",
        "resource_id": "w-1",
        "status": 403,
        "code": "forbidden",
        "reason": "needs one of operator",
        "remote": "192.0.2.7",
        "correlation_id": uuid4().hex,
        **fields,
    }
    await plane.db[REFUSED_ATTEMPTS].insert_one(document)
    return id


async def search(plane: RunningControlPlane, **params: Any) -> list[dict[str, Any]]:
    async with plane.client("operator") as operator:
        answer = await operator.get(AUDIT, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_change_tells_who_from_where_and_with_what(plane: RunningControlPlane) -> None:
    template_id = await make_template(plane, by="ada", correlation="story-1")
    (entry,) = await search(plane, actor="ada")
    assert entry | {"events": None, "at": None} == {
        **entry,
        "outcome": "changed",
        "actor": "ada",
        "client": "lcm-ui",
        "remote": "127.0.0.1",
        "correlation_id": "story-1",
        "resource_type": "worker_template",
        "resource_id": template_id,
        "version": 1,
        "events": None,
        "at": None,
    }
    assert [event["type"] for event in entry["events"]] == ["worker_template.created.v1"]


async def test_nobody_claims_another_address_without_a_trusted_proxy(plane: RunningControlPlane) -> None:
    async with plane.client("admin", subject="liar") as admin:
        await admin.post(
            "/api/v1/worker-templates",
            json={**TEMPLATE, "name": f"metal-{uuid4().hex[:8]}"},
            headers={"X-Forwarded-For": "198.51.100.1"},
        )
    assert [entry["remote"] for entry in await search(plane, actor="liar")] == ["127.0.0.1"]


@pytest.mark.parametrize("by", ["actor", "correlation_id", "resource", "event_type", "window"])
async def test_every_filter_finds_the_one_and_leaves_the_others(plane: RunningControlPlane, by: str) -> None:
    before = datetime.now(UTC)
    template_id = await make_template(plane, by=f"by-{by}", correlation=f"correlation-{by}")
    after = datetime.now(UTC)
    await make_template(plane, by="somebody-else")
    params: dict[str, Any] = {
        "actor": {"actor": f"by-{by}"},
        "correlation_id": {"correlation_id": f"correlation-{by}"},
        "resource": {"resource_type": "worker_template", "resource_id": template_id},
        "event_type": {"event_type": "worker_template.created", "actor": f"by-{by}"},
        "window": {"from": before.isoformat(), "to": after.isoformat(), "resource_type": "worker_template"},
    }[by]
    assert [entry["resource_id"] for entry in await search(plane, **params)] == [template_id]


@pytest.mark.parametrize("kind", ["cml_worker", "worker_template"], ids=["of many types", "of few"])
async def test_a_kind_of_thing_is_found_by_all_types_of_its_events(plane: RunningControlPlane, kind: str) -> None:
    """A commit with several events stands in the list once."""
    template_id, worker = await make_template(plane, by="kinds"), made_ready(a_worker())
    (commit,) = await Recorder(plane.db).commit(worker)
    assert len(commit.events) > 1
    newest = await search(plane, resource_type=kind, outcome="changed", limit=1)
    assert [entry["id"] for entry in newest] == [commit.id if kind == "cml_worker" else f"{kind}-{template_id}@1"]
    assert await search(plane, resource_type=kind, event_type="no_such.event") == []


async def test_what_was_refused_stands_beside_what_was_done(plane: RunningControlPlane) -> None:
    template_id = await make_template(plane, by="mixed")
    refused = await refuse(plane, actor="mixed", status=409, code="illegal-transition", count=7)
    found = await search(plane, actor="mixed")
    assert [(entry["outcome"], entry["id"]) for entry in found] == [
        ("refused", refused),
        ("changed", f"worker_template-{template_id}@1"),
    ]
    assert (found[0]["status"], found[0]["code"], found[0]["remote"]) == (409, "illegal-transition", "192.0.2.7")
    on_record = await search(plane, actor="mixed", outcome="refused")
    assert [(entry["id"], entry["count"]) for entry in on_record] == [(refused, 7)]
    assert [entry["outcome"] for entry in await search(plane, actor="mixed", outcome="changed")] == ["changed"]
    on_worker = await search(plane, resource_type="cml_worker", resource_id="w-1", actor="mixed")
    assert [entry["id"] for entry in on_worker] == [refused]


async def test_pages_put_together_are_the_whole_list(plane: RunningControlPlane) -> None:
    for number in range(3):
        await make_template(plane, by="pager")
        await refuse(plane, actor="pager", code=f"refusal-{number}")
    whole = [entry["id"] for entry in await search(plane, actor="pager")]
    paged, cursor = list[str](), None
    async with plane.client("operator") as operator:
        for _ in range(5):
            params = {"actor": "pager", "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await operator.get(AUDIT, params=params)).json()
            paged += [entry["id"] for entry in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert (len(whole), paged) == (6, whole)


async def test_a_resource_is_read_from_its_end_page_by_page(plane: RunningControlPlane) -> None:
    session = a_session()
    await Recorder(plane.db).commit(session)
    for number in range(4):
        session.hold(f"decision-{number}", f"reason {number}", now_stamp())
        await Recorder(plane.db).commit(session)
    async with plane.client("operator") as operator:
        params: dict[str, Any] = {"resource_type": "lablet_session", "resource_id": session.id, "limit": 3}
        first = (await operator.get(AUDIT, params=params)).json()
        second = (await operator.get(AUDIT, params={**params, "cursor": first["next_cursor"]})).json()
    assert [entry["version"] for entry in first["items"] + second["items"]] == [5, 4, 3, 2, 1]
    assert second["next_cursor"] is None
    assert first["items"][0]["reason"] == "reason 3"


class ReadCommits(monitoring.CommandListener):
    """Counts the commits that the database gave out."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        cursor = event.reply.get("cursor", {})
        if cursor.get("ns", "").endswith(".events"):
            self.count += len(cursor.get("firstBatch", cursor.get("nextBatch", ())))


async def test_a_late_page_of_a_long_stream_begins_where_the_one_before_ended(
    plane: RunningControlPlane, mongo: MongoServer
) -> None:
    """Also behind a refusal, which has a place in time only."""
    session = a_session()
    await Recorder(plane.db).commit(session)
    stream = f"lablet_session-{session.id}"
    await plane.db["lablet_sessions"].update_one({"_id": session.id}, {"$set": {"version": 451}})
    first = await plane.db["events"].find_one({"_id": f"{stream}@1"})
    assert first is not None
    begun = datetime(2030, 1, 1, tzinfo=UTC)
    times = [instant_text(begun + timedelta(seconds=version)) for version in range(452)]
    await plane.db["events"].insert_many(
        [
            {**first, "_id": f"{stream}@{version}", "version": version}
            | {"metadata": {**first["metadata"], "at": times[version]}}
            for version in range(2, 452)
        ]
    )
    wanted = AuditFilter(resource_type="lablet_session", resource_id=session.id)
    for after, newest in ((Position(times[100], f"{stream}@100"), 99), (Position(times[100], "~ a refusal"), 100)):
        read = ReadCommits()
        client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri, event_listeners=[read])
        async with client:
            trail = MongoAuditTrail(client[plane.db.name], SystemClock())
            page = await trail.page(wanted, PageRequest(3, after))
        assert [entry.version for entry in page.rows] == [newest, newest - 1, newest - 2]
        assert read.count < 150
    await plane.db["events"].delete_many({"stream": stream, "version": {"$gt": 1}})
    await plane.db["lablet_sessions"].update_one({"_id": session.id}, {"$set": {"version": 1}})


async def test_one_commit_shows_the_state_before_and_after_and_what_differs(plane: RunningControlPlane) -> None:
    template_id = await make_template(plane, by="detail")
    async with plane.client("admin", subject="detail") as admin:
        url = f"/api/v1/worker-templates/{template_id}"
        now = (await admin.get(url)).json()
        body = {name: now[name] for name in (*TEMPLATE, "name")} | {"cost_per_hour_usd": 5.5}
        changed = await admin.put(url, json=body, headers={"If-Match": '"1"'})
        assert changed.status_code == 200, changed.text
        first = (await admin.get(f"{AUDIT}/worker_template-{template_id}@1")).json()
        second = (await admin.get(f"{AUDIT}/worker_template-{template_id}@2")).json()
    assert first["before"] is None
    assert {each["change"] for each in first["differences"]} == {"added"}
    assert (second["before"]["cost_per_hour_usd"], second["after"]["cost_per_hour_usd"]) == (4.0, 5.5)
    assert {"path": "/cost_per_hour_usd", "change": "changed", "before": 4.0, "after": 5.5} in second["differences"]
    assert second["before"] == first["after"]
    assert second["prev_hash"] == first["hash"]


@pytest.mark.parametrize("commit_id", ["worker_template-none@1", "nonsense", "nothing-a@1", "worker_template-a@0"])
async def test_a_commit_that_is_not_there_is_not_found(plane: RunningControlPlane, commit_id: str) -> None:
    async with plane.client("operator") as operator:
        assert (await operator.get(f"{AUDIT}/{commit_id}")).status_code == 404


async def test_an_id_needs_the_type_of_what_it_names(plane: RunningControlPlane) -> None:
    async with plane.client("operator") as operator:
        assert (await operator.get(AUDIT, params={"resource_id": "w-1"})).status_code == 422


async def test_an_export_holds_what_the_search_finds_and_is_itself_on_record(plane: RunningControlPlane) -> None:
    for _ in range(3):
        await make_template(plane, by="exported")
    evil = '=HYPERLINK("http://evil","x")'
    await refuse(plane, actor="exported", reason=evil)
    async with plane.client("operator", subject="taker", client_id="excel") as operator:
        as_lines = await operator.get(f"{AUDIT}/export", params={"actor": "exported"})
        as_csv = await operator.get(f"{AUDIT}/export", params={"actor": "exported", "format": "csv"})
    found = await search(plane, actor="exported")
    assert [json.loads(line)["id"] for line in as_lines.text.splitlines()] == [entry["id"] for entry in found]
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert tuple(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == [entry["id"] for entry in found]
    assert rows[0]["reason"] == f"'{evil}"
    assert "attachment" in as_csv.headers["content-disposition"]
    taken = await search(plane, actor="taker", resource_type="audit_export")
    told = [(event["type"], event["data"]) for entry in reversed(taken) for event in entry["events"]]
    assert [type for type, _ in told] == ["audit_export.begun.v1", "audit_export.ended.v1"] * 2
    assert told[2][1]["filters"] == {"actor": "exported"}
    assert [data["entries"] for type, data in told if "ended" in type] == [4, 4]
    assert taken[0]["client"] == "excel"


@pytest.mark.parametrize("start", list("=+-@\t\r\n"), ids=repr)
async def test_no_cell_of_a_file_is_a_formula(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0").startswith("'")


async def test_an_export_whose_reader_leaves_is_broken_off_and_has_no_end(plane: RunningControlPlane) -> None:
    trail, left, pages, ends = (
        MongoAuditTrail(plane.db, SystemClock()),
        asyncio.Event(),
        list[PageRequest](),
        list[int](),
    )
    await make_template(plane, by="endless")

    async def one_at_a_time(page: PageRequest) -> Page[AuditEntry]:
        """The same entry again and again: an export that has no end of its own."""
        pages.append(page)
        found = await trail.page(AuditFilter(actor="endless"), PageRequest(1))
        return Page(found.rows, Position(instant_text(found.rows[0].at), found.rows[0].id))

    async def ended(entries: int) -> None:
        ends.append(entries)

    async def send(message: Any) -> None:
        if message.get("body"):
            left.set()

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    chunks = exported(ExportFormat.NDJSON, one_at_a_time, ended)
    async with asyncio.timeout(10):
        await StreamedResponse(chunks, media_type="text/plain")({"type": "http"}, receive, send)
    read = len(pages)
    assert (read >= 1, ends) == (True, [])
    assert await anext(chunks, None) is None
    assert len(pages) == read


async def test_anchors_are_made_each_day_and_on_demand_and_listed(plane: RunningControlPlane) -> None:
    async with plane.client("admin", subject="anchorer") as admin:
        listed = await _with_the_anchor_of_today(admin)
        made = await admin.post(f"{AUDIT}/anchors")
        page = (await admin.get(f"{AUDIT}/anchors", params={"limit": 1})).json()
        rest = (await admin.get(f"{AUDIT}/anchors", params={"before": page["next_before"]})).json()
    assert listed[-1]["actor"] == "daily-anchor"
    assert (made.status_code, made.json()["actor"]) == (201, "anchorer")
    assert made.json()["previous_hash"] == listed[0]["hash"]
    assert [page["items"][0]["number"], rest["items"][0]["number"]] == [made.json()["number"], listed[0]["number"]]


async def _with_the_anchor_of_today(admin: httpx2.AsyncClient) -> list[dict[str, Any]]:
    """The anchors that there are, once the leader has made that of the day."""
    async with asyncio.timeout(15):
        while not (listed := (await admin.get(f"{AUDIT}/anchors")).json()["items"]):  # noqa: ASYNC110 - told over HTTP
            await asyncio.sleep(0.05)
    return listed


async def test_a_rewritten_stream_passes_the_audit_but_not_its_anchors(plane: RunningControlPlane) -> None:
    template_id = await make_template(plane, by="honest")
    stream = f"worker_template-{template_id}"
    async with plane.client("admin") as admin:
        await _with_the_anchor_of_today(admin)
        await admin.post(f"{AUDIT}/anchors")
        before = (await admin.post(f"{AUDIT}/verify", params={"anchors": True})).json()
        await _make_up_anew(plane, stream, actor="nobody")
        alone = (await admin.post(f"{AUDIT}/verify", params={"stream": stream})).json()
        anchored = (await admin.post(f"{AUDIT}/verify", params={"anchors": True, "stream": stream})).json()
    assert (before["findings"], before["anchors"] >= 2) == ([], True)
    assert (alone["clean"], alone["streams"]) == (True, 1)
    assert [(finding["stream"], finding["kind"]) for finding in anchored["findings"]] == [
        (stream, "anchored-commit-differs")
    ]


async def _make_up_anew(plane: RunningControlPlane, stream: str, *, actor: str) -> None:
    """The only commit of *stream* in another's name, with the hash and the state that go with it."""
    document = await plane.db["events"].find_one({"_id": f"{stream}@1"})
    assert document is not None
    forged = Commit.chained(
        kind=document["kind"],
        aggregate_id=document["aggregate_id"],
        version=1,
        events=tuple(RecordedEvent.model_validate(event) for event in document["events"]),
        metadata=CommitMetadata.model_validate({**document["metadata"], "actor": actor}),
        prev_hash="0" * 64,
    )
    await plane.db["events"].replace_one({"_id": document["_id"]}, forged.to_document())
    await plane.db["worker_templates"].update_one(
        {"_id": document["aggregate_id"]}, {"$set": {"head_hash": forged.hash}}
    )


async def test_anchors_without_a_bucket_are_refused_with_what_to_do(plane: RunningControlPlane) -> None:
    with pytest.raises(Conflict, match="CONTROL_PLANE_ANCHOR_BUCKET"):
        await LogAnchors(plane.db, None).make(datetime.now(UTC) + timedelta(days=1), "ada")
