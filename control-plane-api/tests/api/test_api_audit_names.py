"""An entry of the audit tells what its thing is called today, at the price of one read for each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from control_plane_api.application.services.resource_names import ResourceNames
from control_plane_api.testing.builders import Recorder, a_session, a_worker
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.contracts.audit import AuditEntry, AuditOutcome
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import oidc_issuer

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUDIT = "/api/v1/audit"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane(mongo: MongoServer, etcd: EtcdServer) -> AsyncIterator[RunningControlPlane]:
    """One for all tests of this file."""
    async with oidc_issuer() as issuer, running_control_plane(mongo, etcd, issuer) as running:
        yield running


async def answered(plane: RunningControlPlane, path: str = "", **params: Any) -> Any:
    async with plane.client("operator") as operator:
        answer = await operator.get(f"{AUDIT}{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_worker_and_a_session_are_called_what_people_call_them(plane: RunningControlPlane) -> None:
    worker, session = a_worker(name=f"metal-{uuid4().hex[:6]}"), a_session()
    await Recorder(plane.db).commit(worker, session)
    told = {
        kind: (await answered(plane, resource_type=kind, resource_id=id))["items"][0]["resource_name"]
        for kind, id in (("cml_worker", worker.id), ("lablet_session", session.id))
    }
    learner = session.state.candidate.username
    assert told == {"cml_worker": worker.state.name, "lablet_session": f"first-hop-redundancy, {learner}"}


async def test_one_commit_tells_the_name_too(plane: RunningControlPlane) -> None:
    worker = a_worker(name="metal-of-one-commit")
    (commit,) = await Recorder(plane.db).commit(worker)
    assert (await answered(plane, f"/{commit.id}"))["entry"]["resource_name"] == "metal-of-one-commit"


async def test_what_is_gone_has_no_name_and_keeps_its_id(plane: RunningControlPlane) -> None:
    worker = a_worker()
    await Recorder(plane.db).commit(worker)
    await plane.db["cml_workers"].delete_one({"_id": worker.id})
    (entry,) = (await answered(plane, actor="builder", resource_type="cml_worker", limit=1))["items"]
    assert (entry["resource_id"], entry["resource_name"]) == (worker.id, None)


async def test_a_name_of_today_is_no_part_of_an_export(plane: RunningControlPlane) -> None:
    await Recorder(plane.db).commit(a_worker(name="not-on-record"))
    async with plane.client("operator") as operator:
        taken = await operator.get(f"{AUDIT}/export", params={"resource_type": "cml_worker"})
    assert taken.status_code == 200
    assert "resource_name" not in taken.text


class CountedRows:
    """Rows of one kind that count how often they are read."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self.rows, self.reads = rows, 0

    async def by_ids(self, ids: list[str]) -> list[Any]:
        self.reads += 1
        return [self.rows[id] for id in ids if id in self.rows]


class Part:
    """What has no name of its own, such as a score report."""

    def __init__(self, id: str, lablet_session_id: str) -> None:
        self.id, self.lablet_session_id = id, lablet_session_id


def entry(kind: str, id: str) -> AuditEntry:
    return AuditEntry.model_validate(
        {
            "id": f"{kind}-{id}@1",
            "outcome": AuditOutcome.CHANGED,
            "at": "2026-01-05T09:00:00Z",
            "actor": "ada",
            "correlation_id": "c",
            "resource_type": kind,
            "resource_id": id,
        }
    )


async def test_a_page_of_many_entries_reads_each_kind_once(plane: RunningControlPlane) -> None:
    reports = CountedRows({f"r{number}": Part(f"r{number}", "gone") for number in range(50)})
    sessions, workers = CountedRows({}), CountedRows({})
    rows: Any = {"score_report": reports, "lablet_session": sessions, "cml_worker": workers}
    entries = [entry("score_report", f"r{number}") for number in range(50)] + [entry("cml_worker", "w")] * 50
    named = await ResourceNames(rows).named(entries)
    assert len(named) == 100
    assert (reports.reads, workers.reads, sessions.reads) == (1, 1, 1)


async def test_a_score_report_is_called_after_its_session(plane: RunningControlPlane) -> None:
    session = a_session()
    await Recorder(plane.db).commit(session)
    stored = await answered(plane, resource_type="lablet_session", resource_id=session.id)

    class Session:
        id, definition_name, candidate = session.id, "first-hop-redundancy", session.state.candidate

    rows: Any = {
        "score_report": CountedRows({"r": Part("r", session.id)}),
        "lablet_session": CountedRows({session.id: Session}),
    }
    (report,) = await ResourceNames(rows).named([entry("score_report", "r")])
    assert report.resource_name == stored["items"][0]["resource_name"]


async def test_a_kind_that_has_no_names_is_left_as_it_is(plane: RunningControlPlane) -> None:
    (settings,) = await ResourceNames({}).named([entry("system_settings", "fleet")])
    assert settings.resource_name is None
