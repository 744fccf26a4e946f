"""Every command of the API's command line, once, as a script runs it: it sends what the API takes, and prints JSON.

What each action does is tested where its command is; here it is done, or refused by the API for a reason that is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main

from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready
from control_plane_api.testing.command_world import CONTENT, TWO_ROUTERS
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.main import build_app

DONE = frozenset({ExitCode.OK})
REFUSED = frozenset({ExitCode.FAILED, ExitCode.CONFLICT})
"""The command was understood, and a rule stands against it."""
WHY = " --reason test"
NEXT_YEAR = (datetime.now(UTC) + timedelta(days=150)).strftime("%Y-%m-%dT09:00:00Z")
RUNS: tuple[tuple[str, frozenset[ExitCode]], ...] = (
    ("context list", DONE),
    ("whoami", DONE),
    ("resources", DONE),
    ("list sessions", DONE),
    ("get worker {worker}", DONE),
    ("describe session {session}", DONE),
    ("definition push {package} --name pushed --form Lab-1 --confirm", DONE),
    ("definition sync {definition}", DONE | REFUSED),
    ("definition proposal {definition}", REFUSED | {ExitCode.NOT_FOUND}),
    ("definition confirm {definition} --hash abc --yes", REFUSED | {ExitCode.NOT_FOUND}),
    ("definition reject {definition} --hash abc" + WHY, REFUSED | {ExitCode.NOT_FOUND}),
    ("reserve {definition} -c ada --at " + NEXT_YEAR, DONE | REFUSED),
    ("reservation extend {reservation} --minutes 5" + WHY, DONE),
    ("reservation reschedule {reservation} --at " + NEXT_YEAR + WHY, DONE),
    ("reservation cancel {reservation} --yes" + WHY, DONE),
    ("session follow {session} --until pending", DONE),
    ("session recollect {session}" + WHY, REFUSED),
    ("session regrade {session}" + WHY, REFUSED),
    ("session collect-and-grade {session}" + WHY, REFUSED),
    ("session skip-grading {session} --yes" + WHY, REFUSED),
    ("session re-place {session} --yes" + WHY, DONE | REFUSED),
    ("session assign {session} --worker {worker}" + WHY, DONE | REFUSED),
    ("session retry-step {session} --step import" + WHY, REFUSED),
    ("session skip-step {session} --step import --yes" + WHY, REFUSED),
    ("session detach {session} --worker {worker} --yes" + WHY, REFUSED),
    ("session transition {session} --to running --yes" + WHY, REFUSED),
    ("session bulk-retry {session} --yes" + WHY, REFUSED),
    ("session bulk-terminate {session} --dry-run" + WHY, DONE),
    ("session terminate {session} --yes" + WHY, DONE),
    ("worker refresh {worker}" + WHY, DONE),
    ("worker resync-labs {worker}" + WHY, DONE),
    ("worker drain {worker}" + WHY, DONE | REFUSED),
    ("worker undrain {worker}" + WHY, DONE | REFUSED),
    ("worker start {worker}" + WHY, REFUSED | DONE),
    ("worker stop {worker} --force --yes" + WHY, DONE),
    ("worker terminate {worker} --force --yes" + WHY, DONE),
    ("stray leave i-0123456789abcdef0" + WHY, frozenset({ExitCode.NOT_FOUND})),
    ("stray terminate i-0123456789abcdef0 --yes" + WHY, frozenset({ExitCode.NOT_FOUND})),
    ("stray reconsider i-0123456789abcdef0" + WHY, frozenset({ExitCode.NOT_FOUND})),
    ("stray import i-0123456789abcdef0 --template for-every-command --region us-east-1" + WHY, DONE | REFUSED),
    ("definition deprecate {definition} --yes" + WHY, DONE),
    ("definition archive {definition} --yes" + WHY, DONE),
    ("dead-letters list", DONE),
    ("dead-letters replay {letter}" + WHY, DONE),
    ("dead-letters replay --all --yes", DONE),
    ("reconciler list", DONE),
    ("reconciler pause resource-scheduler --yes" + WHY, DONE),
    ("reconciler resume resource-scheduler" + WHY, DONE),
    ("system status", DONE | {ExitCode.FAILED}),
    ("system rebuild-etcd --yes" + WHY, DONE),
    ("system rebuild-projections --yes" + WHY, DONE | REFUSED),
    ("doctor", DONE | {ExitCode.FAILED, ExitCode.USAGE}),
    ("audit verify", DONE),
    ("audit search --actor someone", DONE),
    ("audit anchors", DONE | REFUSED | {ExitCode.UNREACHABLE}),
)
WITHOUT_JSON = ("audit export {folder}/audit.ndjson",)
ELSEWHERE = frozenset(
    {"login", "logout", "context add", "context use", "context remove", "version", "watch", "events tail"}
)
"""Signing in and contexts, which need no API: lcm-core/tests/cli; what has no end: test_api_cli_looking.py."""


def every_command() -> Iterator[str]:
    def below(command: Any, path: tuple[str, ...]) -> Iterator[str]:
        if not hasattr(command, "resolve_command"):
            yield " ".join(path)
            return
        for name in tuple(command.commands):
            yield from below(command.commands[name], (*path, name))

    return below(typer.main.get_command(build_app([])), ())


def test_no_command_is_left_out() -> None:
    told = " | ".join((*(words for words, _ in RUNS), *WITHOUT_JSON))
    missing = [name for name in every_command() if f"| {name} " not in f"| {told} " and name not in ELSEWHERE]
    assert missing == []


async def the_world(plane: RunningControlPlane, folder: Path) -> dict[str, str]:
    session, worker = a_session(), made_ready(a_worker(name="for-every-command"))
    await Recorder(plane.db).commit(session, worker)
    package = folder / "package"
    package.mkdir()
    (package / "cml.yaml").write_text(TWO_ROUTERS)
    letter = "letter-of-every-command"
    kept = {"_id": letter, "source": "urn:lds", "id": "never", "type": "unknown", "data": {}, "sender": "lds"}
    times = {"received_at": "2026-01-01T00:00:00.000000Z", "attempts": 1, "reason": "no such type", "replays": []}
    await plane.db["inbound_events"].insert_one({**kept, **times, "status": "dead_lettered"})
    template = {
        "name": "for-every-command",
        "region": "us-east-1",
        "instance_type": "m5zn.metal",
        "capacity": {"cpu_cores": 8, "memory_gb": 64, "storage_gb": 400, "nodes": 20, "ports": 20},
        "license_type": "PERSONAL",
        "cost_per_hour_usd": 3.9,
    }
    request = {"name": "every-command", "form_qualified_name": "Lab-1", "topology_yaml": TWO_ROUTERS}
    async with plane.client("admin") as admin:
        assert (await admin.post("/api/v1/worker-templates", json=template)).status_code == 201
        policy = {"policy": {"max_workers_per_region": 2}, "reason": "for the test"}
        assert (await admin.put("/api/v1/system/settings", json=policy)).status_code == 200
        made = await admin.post("/api/v1/lablet-definitions", json={**request, "content_xml": CONTENT})
        definition = made.json()["id"]
        booking = {"definition_id": definition, "candidate": {"username": "ada"}, "duration_minutes": 60}
        booked = await admin.post("/api/v1/reservations", json={**booking, "start": NEXT_YEAR})
        assert booked.status_code == 201, booked.text
    return {
        "session": session.id,
        "worker": worker.id,
        "definition": definition,
        "reservation": booked.json()["reservation"]["id"],
        "package": str(package),
        "letter": letter,
        "folder": str(folder),
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_every_command_does_what_it_says_or_tells_why_not(
    shared_control_plane: RunningControlPlane, tmp_path: Path
) -> None:
    names = await the_world(shared_control_plane, tmp_path)
    admin = shared_control_plane.terminal(tmp_path, "admin")
    wrong: list[str] = []
    for words, expected in RUNS:
        told = await admin.run(*words.format(**names).split(), "-o", "json")
        if told.code not in expected:
            wrong.append(f"{words}: {told.code}\n{told.out}\n{told.words}")
        elif told.code == ExitCode.OK:
            # session follow prints a line for each change
            _ = told.lines if words.startswith("session follow") else told.json
    for words in WITHOUT_JSON:
        await admin.must(*words.format(**names).split())
    assert wrong == [], "\n".join(wrong)
    lines = (tmp_path / "audit.ndjson").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert all(json.loads(line) for line in lines)
