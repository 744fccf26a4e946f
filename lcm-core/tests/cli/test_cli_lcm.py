from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
import typer
from pymongo import AsyncMongoClient
from typer.testing import CliRunner

from lcm_core.cli.api.problem import UsageProblem
from lcm_core.cli.audit import audit_app
from lcm_core.cli.commands.audit import DATABASE_SETTING
from lcm_core.cli.lazy_group import LazyGroup
from lcm_core.cli.log_context import LogContext, OpenLog
from lcm_core.cli.main import build_app, main
from lcm_core.cli.projections import projections_app
from lcm_core.domain.errors import Conflict, NotFound, StoreUnavailable
from lcm_core.eventstore.collections import Document, ensure_indexes
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.ledger_store import LedgerStore
from lcm_core.testing.mongo_server import mongo_server

run = CliRunner().invoke


@pytest.fixture(scope="module")
def server_uri() -> Generator[str]:
    with mongo_server() as server:
        yield server.uri


@pytest.fixture
def open_log(server_uri: str) -> OpenLog:
    """A log with one purse of two commits."""
    name = f"test_{uuid4().hex}"

    @asynccontextmanager
    async def opened() -> AsyncGenerator[LogContext]:
        async with AsyncMongoClient[Document](server_uri) as client:
            yield LogContext(client[name], LEDGER_EVENTS, [Purse])

    async def prepare() -> None:
        async with opened() as log:
            await ensure_indexes(log.db, ["purses"])
            store = LedgerStore(log.db)
            await store.open("p1", coins=1)
            await store.fill("p1", 2)

    asyncio.run(prepare())
    return opened


def damage(open_log: OpenLog) -> None:
    async def change() -> None:
        async with open_log() as log:
            await log.db.purses.update_one({"_id": "p1"}, {"$set": {"coins": 99}})

    asyncio.run(change())


def test_clean_log_passes(open_log: OpenLog):
    result = run(audit_app(open_log), ["verify"])
    assert (result.exit_code, "clean: 1 streams, 2 commits, 3 events" in result.stdout) == (0, True)


def test_finding_is_shown_and_fails(open_log: OpenLog):
    damage(open_log)
    result = run(audit_app(open_log), ["verify"], env={"COLUMNS": "200"})
    assert result.exit_code == 1
    assert "/coins should be 3, is 99" in result.stdout


def test_report_can_be_read_by_a_machine(open_log: OpenLog):
    damage(open_log)
    report = json.loads(run(audit_app(open_log), ["verify", "--json"]).stdout)
    assert [finding["kind"] for finding in report["findings"]] == ["state-differs"]


def test_expected_fingerprint_is_compared(open_log: OpenLog):
    fingerprint = json.loads(run(audit_app(open_log), ["verify", "--json"]).stdout)["fingerprint"]
    app = audit_app(open_log)
    codes = [run(app, ["verify", "--fingerprint", expected]).exit_code for expected in (fingerprint, "0" * 64)]
    assert codes == [0, 1]


def test_one_stream_is_checked_alone_and_one_that_is_not_there_is_told(open_log: OpenLog):
    alone = run(audit_app(open_log), ["verify", "--stream", "purse-p1"])
    nobody = run(audit_app(open_log), ["verify", "--stream", "purse-none"])
    assert (alone.exit_code, "1 streams, 2 commits" in alone.stdout) == (0, True)
    assert isinstance(nobody.exception, NotFound)


def test_a_log_without_anchors_cannot_be_compared_with_them(open_log: OpenLog):
    refused = run(audit_app(open_log), ["verify", "--anchors"])
    assert isinstance(refused.exception, Conflict)
    assert "no bucket" in str(refused.exception)


def test_history_of_a_stream_is_shown(open_log: OpenLog):
    result = run(audit_app(open_log), ["show", "purse-p1"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "purse.opened.v1" in result.stdout


def test_rebuild_puts_right_what_the_audit_found(open_log: OpenLog):
    damage(open_log)
    assert run(projections_app(open_log), ["rebuild"]).exit_code == 0
    assert run(audit_app(open_log), ["verify"]).exit_code == 0


def plugin(name: str, target: str) -> EntryPoint:
    return EntryPoint(name=name, value=target, group="lcm.commands")


def test_version_lists_the_packages():
    result = run(build_app([]), ["version"])
    assert "lcm-core" in result.stdout


def test_plugin_is_hung_in_under_its_name(monkeypatch: pytest.MonkeyPatch):
    module = ModuleType("greeting_plugin")
    module.greet_app = greet_app  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "greeting_plugin", module)
    app = build_app([plugin("greet", "greeting_plugin:greet_app")])
    assert run(app, ["greet", "hello"]).stdout == "hello\n"


def test_broken_plugin_says_so_and_harms_no_other():
    app = build_app([plugin("broken", "no_such_module:app")])
    broken = run(app, ["broken"])
    assert (broken.exit_code, "no_such_module" in broken.stderr) == (1, True)
    assert run(app, ["version"]).exit_code == 0


def test_expected_failure_is_one_message_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise StoreUnavailable("listing the streams", "connection refused")

    monkeypatch.setattr("lcm_core.cli.main.build_app", lambda: app)
    with pytest.raises(SystemExit) as caught:
        main([])
    error = capsys.readouterr().err
    assert caught.value.code == 1
    assert "did not answer while listing the streams" in " ".join(error.split())
    assert "Traceback" not in error


def greet_app() -> typer.Typer:
    app = typer.Typer()

    @app.callback()
    def root() -> None: ...

    @app.command()
    def hello() -> None:
        typer.echo("hello")

    return app


def test_help_imports_nothing_but_what_it_shows_itself_with():
    code = (
        "import sys; sys.argv = ['lcm', '--help']; from lcm_core.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'httpx2', 'pymongo', 'fastapi', 'structlog', 'boto3', 'control_plane_api'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "session" in done.stdout


def test_a_command_that_needs_the_database_says_so(tmp_path: Path):
    told = run(build_app(), ["--help"], env={"COLUMNS": "200"}).stdout
    below = told.partition("Need the database")[2]
    assert all(name in below for name in ("etcd", "projections", "secrets", "local"))


def test_verify_reads_the_database_where_the_environment_names_one(monkeypatch: pytest.MonkeyPatch, open_log: OpenLog):
    module = ModuleType("log_plugin")
    module.audit = lambda: audit_app(open_log)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "log_plugin", module)
    app = [plugin("audit", "log_plugin:audit")]
    monkeypatch.delenv(DATABASE_SETTING, raising=False)
    by_server = run(build_app(app), ["audit", "verify"], env={"LCM_CONFIG_DIR": "/nowhere"})
    monkeypatch.setenv(DATABASE_SETTING, "mongodb://somewhere")
    direct = run(build_app(app), ["audit", "verify"])
    local = run(build_app(app), ["local", "audit", "verify"])
    assert isinstance(by_server.exception, UsageProblem)
    assert [result.exit_code for result in (direct, local)] == [0, 0]
    assert "clean: 1 streams" in direct.stdout


def test_what_the_list_says_of_a_command_is_what_its_own_help_begins_with():
    group = typer.main.get_command(build_app([]))
    assert isinstance(group, LazyGroup)

    listed = {entry.name: entry.help for entry in group.entries}
    own = {name: " ".join((command.help or "").split()) for name, command in group.everything() if name in listed}

    assert {name: text for name, text in own.items() if not text.startswith(listed[name].rstrip("."))} == {}
