"""``lcm audit`` over the API: search, export, verify. With the settings of the database, verify reads that itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from lcm_core.cli.api.client import ApiClient, LongWork
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.lazy_group import LazyEntry, lazy_app
from lcm_core.cli.output.printing import note, print_data, table_of
from lcm_core.cli.resources.catalogue import AUDIT
from lcm_core.cli.resources.cells import moment
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Output, OutputFormat, Terminal, terminal_of

DATABASE_SETTING = "CONTROL_PLANE_MONGO_URI"
_VERIFY_HELP = f"Replay every stream and check it: by the server, or in the database that {DATABASE_SETTING} names."
_PROOF_SECONDS = 3600.0
"""A second for ten thousand commits. Asking again while it goes on would only be refused."""
_FINDINGS = (
    Column("stream", "stream"),
    Column("version", "version"),
    Column("finding", "kind"),
    Column("what is wrong", "message"),
)
_ANCHORS = (
    Column("number", "number"),
    Column("day", "day"),
    Column("at", "at", moment),
    Column("streams", "streams"),
    Column("by", "actor"),
    Column("hash", "hash"),
)
Actor = Annotated[str | None, typer.Option("--actor", help="Who: subject of the token, or a service.")]
ResourceType = Annotated[str | None, typer.Option("--resource-type", help="For example lablet_session.")]
ResourceId = Annotated[str | None, typer.Option("--resource-id", help="Id; needs --resource-type.")]
EventType = Annotated[str | None, typer.Option("--event-type", help="For example lablet_session.created.")]
Correlation = Annotated[str | None, typer.Option("--correlation-id", help="Everything that one request led to.")]
Outcome = Annotated[str | None, typer.Option("--outcome", help="changed or refused.")]
From = Annotated[str | None, typer.Option("--from", help="Instant with its offset.")]
To = Annotated[str | None, typer.Option("--to", help="Instant with its offset; that one is not included.")]


def audit_app(database: Callable[[], typer.Typer] | None) -> typer.Typer:
    """*database* makes the commands that read the database itself: ``verify`` and ``show``; None without them."""
    app = lazy_app(
        tuple(_lazy(database)), help="Prove the event log; search and export who did what.", no_args_is_help=True
    )
    app.callback()(_root)
    app.command()(search)
    app.command()(export)
    app.command()(anchors)
    return app


def _root() -> None:
    # it keeps this a group, however many commands there are
    ...


def _lazy(database: Callable[[], typer.Typer] | None):
    direct = database is not None and DATABASE_SETTING in os.environ
    load = partial(_one_of, database, "verify") if direct and database is not None else _verify_app
    yield LazyEntry("verify", _VERIFY_HELP, "Commands", load)
    if database is not None:
        show = "Every commit of one stream: when, who, what, why. Needs the database."
        yield LazyEntry("show", show, "Commands", partial(_one_of, database, "show"))


def _one_of(database: Callable[[], typer.Typer], name: str) -> typer.Typer:
    """One command of the database's group as an application of its own."""
    app, group = typer.Typer(add_completion=False), database()
    for command in group.registered_commands:
        callback = command.callback
        if callback is not None and (command.name or callback.__name__) == name:
            app.command(name)(callback)
    return app


def _verify_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(verify)
    return app


def verify(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -o json.")] = False,
    show: Annotated[int, typer.Option("--show", min=1, help="How many findings to print.")] = 50,
    fingerprint: Annotated[str, typer.Option("--fingerprint", help="Fail unless all heads give this one.")] = "",
    stream: Annotated[str | None, typer.Option("--stream", help="Check this stream alone.")] = None,
    anchors: Annotated[bool, typer.Option("--anchors", help="Also prove that every anchored head stands.")] = False,
    output: Output = None,
) -> None:
    """Have the server replay every stream and check it. Exit code 1 when anything is not as it must be.

    With CONTROL_PLANE_MONGO_URI in the environment the database itself is read instead.
    """
    terminal, asked = terminal_of(ctx, OutputFormat.JSON if as_json else output), _asked(stream, anchors)
    with terminal.err.status("Replaying every stream"):
        report = terminal.run(lambda api: api.post("/api/v1/audit/verify", params=asked, long=LongWork(_PROOF_SECONDS)))
    if terminal.for_people:
        _print_report(terminal, report, show)
    else:
        print_data(terminal, report)
    if fingerprint and fingerprint != report["fingerprint"]:
        note(terminal, "The fingerprint is another one: history was rewritten or has grown.")
        raise typer.Exit(ExitCode.FAILED)
    if not report["clean"]:
        raise typer.Exit(ExitCode.FAILED)


def _asked(stream: str | None, anchors: bool) -> dict[str, Any]:
    return {"stream": stream, "anchors": "true" if anchors else None}


def _print_report(terminal: Terminal, report: dict[str, Any], show: int) -> None:
    if report["findings"]:
        terminal.out.print(table_of(_FINDINGS, report["findings"][:show], title=f"{len(report['findings'])} findings"))
    verdict = "clean" if report["clean"] else "NOT clean"
    terminal.out.print(
        f"{verdict}: {report['streams']} streams, {report['commits']} commits, {report['events']} events; "
        f"invariants: {', '.join(report['invariants']) or 'none'}; anchors: {report['anchors'] or 'none'}"
    )
    terminal.out.print(f"fingerprint {report['fingerprint']}", soft_wrap=True)


_FILTERS = ("actor", "resource_type", "resource_id", "event_type", "correlation_id", "outcome", "from_", "to")


def _query(ctx: typer.Context) -> dict[str, str]:
    """The filters that were given, as the API calls them."""
    return {name.rstrip("_"): str(ctx.params[name]) for name in _FILTERS if ctx.params[name] is not None}


def search(
    ctx: typer.Context,
    actor: Actor = None,
    resource_type: ResourceType = None,
    resource_id: ResourceId = None,
    event_type: EventType = None,
    correlation_id: Correlation = None,
    outcome: Outcome = None,
    from_: From = None,
    to: To = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1)] = 50,
    output: Output = None,
) -> None:
    """Who did what, when, from where and why, newest first; refused attempts too."""
    terminal = terminal_of(ctx, output)
    query = _query(ctx)
    rows = terminal.run(lambda api: api.rows(AUDIT.list, query, most=limit))
    if terminal.for_people:
        terminal.out.print(table_of(AUDIT.columns, rows))
    else:
        print_data(terminal, {"items": rows})


def export(
    ctx: typer.Context,
    to_file: Annotated[Path, typer.Argument(metavar="FILE", help="Not overwritten.")],
    format: Annotated[str, typer.Option("--format", help="ndjson or csv.")] = "ndjson",
    actor: Actor = None,
    resource_type: ResourceType = None,
    resource_id: ResourceId = None,
    event_type: EventType = None,
    correlation_id: Correlation = None,
    outcome: Outcome = None,
    from_: From = None,
    to: To = None,
) -> None:
    """Write everything that the search finds to a file, as NDJSON or CSV."""
    terminal = terminal_of(ctx)
    query = {**_query(ctx), "format": format}
    if to_file.exists():
        raise typer.BadParameter(f"{to_file} is there already", param_hint="FILE")
    size = terminal.run(lambda api: _download(api, terminal, query, to_file))
    note(terminal, f"{size} bytes are in {to_file}.")


async def _download(api: ApiClient, terminal: Terminal, query: dict[str, str], to_file: Path) -> int:
    """Named only when it is there whole."""
    draft = to_file.with_name(f".{to_file.name}.part")
    try:
        with terminal.err.status(f"Exporting to {to_file}"), draft.open("wb") as target:
            async with api.stream("/api/v1/audit/export", query, {"Accept": "*/*"}) as pieces:
                async for piece in pieces:
                    target.write(piece)
        size = draft.stat().st_size
        draft.replace(to_file)
        return size
    finally:
        draft.unlink(missing_ok=True)


def anchors(
    ctx: typer.Context,
    make: Annotated[bool, typer.Option("--make", help="Make one now.")] = False,
    output: Output = None,
) -> None:
    """Records of all chain heads, kept where the database cannot reach them."""
    terminal = terminal_of(ctx, output)

    async def work(api: ApiClient) -> list[dict[str, Any]]:
        if make:
            await api.post("/api/v1/audit/anchors")
        return await api.rows("/api/v1/audit/anchors", most=50)

    rows = terminal.run(work)
    if terminal.for_people:
        terminal.out.print(table_of(_ANCHORS, rows))
    else:
        print_data(terminal, {"items": rows})
