"""Everything there is can be listed, got, described and watched; scripts get stable JSON and telling exit codes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import yaml

from control_plane_api.testing.builders import Recorder, a_session, a_worker
from control_plane_api.testing.openapi_document import openapi_document
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.cli.resources.catalogue import RESOURCES
from lcm_core.cli.resources.resource import Resource
from lcm_core.testing.person_at_a_terminal import PersonAtATerminal, Told

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES_OF_OTHER_RELEASES = {"subscriptions", "outbound-dead-letters", "audit", "reconcilers"}
"""Their routes may be missing at a server of an earlier release; the command line says so."""
DEADLINE = 20


@pytest.fixture
def operator(shared_control_plane: RunningControlPlane, tmp_path: Path) -> PersonAtATerminal:
    return shared_control_plane.terminal(tmp_path, "admin")


async def test_every_resource_can_be_listed(operator: PersonAtATerminal) -> None:
    refused: dict[str, str] = {}
    for resource in RESOURCES:
        told = await operator.run("list", resource.name)
        if told.code and not (resource.name in ROUTES_OF_OTHER_RELEASES and "no-such-route" in told.err):
            refused[resource.name] = told.err
    assert refused == {}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
async def test_a_table_chooses_fields_wherever_the_list_offers_it(resource: Resource) -> None:
    parameters = openapi_document()["paths"][resource.list]["get"].get("parameters", ())
    assert resource.sparse == ("fields" in {each["name"] for each in parameters})


async def test_a_decision_is_listed_without_its_session_and_described_with_every_verdict(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal
) -> None:
    verdict = {"worker_id": "w-1", "worker_name": "worker-of-the-verdict", "eligible": False, "reason_code": "ports"}
    made = {
        "session_id": "s",
        "at": "2026-01-01T00:00:00.000000Z",
        "outcome": "wait",
        "summary": "0/1 workers: 1 ports",
    }
    await shared_control_plane.db["placement_decisions"].insert_one(
        {"_id": "told", "engine_version": "1", "candidates": [verdict], **made}
    )

    listed = await operator.must("list", "decisions")
    described = await operator.must("describe", "decision", "told")

    assert "0/1 workers: 1 ports" in listed.out
    assert "worker-of-the-verdict" in described.out


async def test_a_session_is_found_listed_and_described(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal
) -> None:
    session = a_session()
    await Recorder(shared_control_plane.db).commit(session)

    listed = await operator.must("list", "sessions", "-f", "definition_id=def-1", "-o", "json")
    got = await operator.must("get", "session", session.id, "-o", "yaml")
    described = await operator.must("describe", "session", session.id)

    assert session.id in [row["id"] for row in listed.json["items"]]
    assert yaml.safe_load(got.out)["status"] == "PENDING"
    assert "Life cycle" in described.out
    assert "first-hop-redundancy" in described.out


async def test_a_table_that_is_piped_is_whole_and_has_no_colour(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal
) -> None:
    session = a_session()
    await Recorder(shared_control_plane.db).commit(session)
    told = await operator.must("get", "session", session.id)
    assert session.id in told.out
    assert "\x1b" not in told.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("get", "session", "no-such"), 4, "There is no lablet session 'no-such'"),
        (("get", "sesions"), 2, "Did you mean sessions?"),
        (("list", "sessions", "-f", "colour=red"), 2, "have no filter 'colour'"),
        (("list", "sessions", "-f", "status=BLUE"), 1, "PENDING"),
        (("--context", "nowhere", "list", "sessions"), 2, "There is no context 'nowhere'"),
    ],
)
async def test_what_cannot_be_had_is_told_with_a_code(
    operator: PersonAtATerminal, words: tuple[str, ...], code: int, says: str
) -> None:
    told = await operator.run(*words)
    assert (told.code, says in told.words) == (code, True), told


async def test_a_problem_is_told_with_what_to_do_and_its_correlation_id(operator: PersonAtATerminal) -> None:
    told = await operator.run("get", "worker", "no-such")
    assert "`lcm list` shows what there is." in told.words
    assert "correlation id" in told.words


async def test_roles_and_sign_in_decide(shared_control_plane: RunningControlPlane, tmp_path: Path) -> None:
    viewer = shared_control_plane.terminal(tmp_path, "viewer")
    forbidden = await viewer.run("session", "terminate", "some-session", "--reason", "because", "--yes")
    stranger = PersonAtATerminal(tmp_path, {"LCM_URL": shared_control_plane.url})
    nobody = await stranger.run("list", "sessions")
    forged = PersonAtATerminal(tmp_path, {"LCM_URL": shared_control_plane.url, "LCM_TOKEN": "no-token"})
    refused = await forged.run("list", "sessions")
    assert (forbidden.code, nobody.code, refused.code) == (7, 3, 3)
    assert "lcm login" in nobody.words


async def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    person = PersonAtATerminal(tmp_path, {"LCM_URL": "http://127.0.0.1:9", "LCM_TOKEN": "token"})
    told = await person.run("list", "sessions")
    assert told.code == 6
    assert "cannot be reached" in told.words


async def test_watching_tells_each_change_once_from_the_first_row_on(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal
) -> None:
    record = Recorder(shared_control_plane.db)
    before = a_worker(name="before")
    await record.commit(before)
    async with asyncio.timeout(DEADLINE):
        watching = asyncio.create_task(operator.must("watch", "workers", "-o", "json", "--count", "2"))
        await _going_on(watching, lambda: record.commit(a_worker(name="later")))
        rows = watching.result().lines
        watching = asyncio.create_task(operator.at_a_screen().must("watch", "workers", "--count", "1"))
        await _going_on(watching, lambda: record.commit(a_worker(name="at last")))
        drawn = watching.result().out
    assert "at last" in drawn
    versions = [(row["id"], row["version"]) for row in rows]
    assert before.id in [row["id"] for row in rows]
    assert rows[-1]["name"] == "later"
    assert len(set(versions)) == len(versions)


async def test_the_tail_of_events_can_be_filtered_and_taken_up_again(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal
) -> None:
    record = Recorder(shared_control_plane.db)
    pattern = ("events", "tail", "--type", "lablet_session.*", "-o", "json", "--count", "1")
    async with asyncio.timeout(DEADLINE):
        tailing = asyncio.create_task(operator.must(*pattern))
        await _going_on(tailing, lambda: record.commit(a_worker(), a_session()))
        event = tailing.result().lines[0]
        missed = [a_session(), a_session()]
        for session in missed:
            await record.commit(session)
        resumed = await operator.must(
            *pattern[:-1], "40", "--id", missed[0].id, "--count", "1", "--after", event["after"]
        )
    assert event["type"] == "lablet_session.created.v1"
    assert [each["aggregate_id"] for each in resumed.lines] == [missed[0].id]


async def _going_on(command: asyncio.Task[Told], happens: Callable[[], Awaitable[object]]) -> None:
    """Things keep happening until the command, whenever it is connected, has seen enough of them."""
    while not command.done():
        await happens()
        await asyncio.wait({command}, timeout=0.2)
