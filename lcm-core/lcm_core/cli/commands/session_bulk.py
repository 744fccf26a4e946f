"""``lcm session bulk-retry`` and ``bulk-terminate``: first shown, then done."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lcm_core.cli.api.problem import UsageProblem
from lcm_core.cli.commands.completion import complete_session
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.output.printing import note, print_data, table_of
from lcm_core.cli.resources.cells import status
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Output, Reason, Terminal, Yes, terminal_of

_FILTERS = ("status", "worker_id", "definition_id", "owner_id", "username")
_RESULT = (
    Column("session", "session_id"),
    Column("stood at", "status", status),
    Column("outcome", "outcome"),
    Column("why not", "problem.detail"),
)
Ids = Annotated[list[str] | None, typer.Argument(metavar="[SESSION]...", autocompletion=complete_session)]
Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", "-f", metavar="NAME=VALUE", help=f"Instead of ids: {', '.join(_FILTERS)}."),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many at the most.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be touched.")]


def bulk_retry(
    ctx: typer.Context,
    reason: Reason,
    ids: Ids = None,
    filter: Filters = None,
    limit: Limit = 50,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Try the present step again, of every session that is named or that the filters find."""
    _bulk(terminal_of(ctx, output), "retry", _body(ids, filter, limit, reason), dry_run, yes)


def bulk_terminate(
    ctx: typer.Context,
    reason: Reason,
    ids: Ids = None,
    filter: Filters = None,
    limit: Limit = 50,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """End every session that is named or that the filters find."""
    _bulk(terminal_of(ctx, output), "terminate", _body(ids, filter, limit, reason), dry_run, yes)


def _body(ids: list[str] | None, filters: list[str] | None, limit: int, reason: str) -> dict[str, Any]:
    if bool(ids) == bool(filters):
        raise UsageProblem("Name sessions, or give --filter: one of both.")
    if ids:
        return {"ids": ids, "limit": limit, "reason": reason}
    found: dict[str, str] = {}
    for each in filters or []:
        name, separator, value = each.partition("=")
        if not separator or name not in _FILTERS:
            raise UsageProblem(f"There is no filter {each!r}; write NAME=VALUE with one of {', '.join(_FILTERS)}.")
        found[name] = value
    return {"filter": found, "limit": limit, "reason": reason}


def _bulk(terminal: Terminal, action: str, body: dict[str, Any], dry_run: bool, yes: bool) -> None:
    path = f"/api/v1/lablet-sessions/bulk/{action}"
    planned: dict[str, Any] = {}
    if not dry_run and not yes:
        planned = terminal.run(lambda api: api.post(path, {**body, "dry_run": True}))
        terminal.err.print(table_of(_RESULT, planned["results"]))
        ids = [each["session_id"] for each in planned["results"]]
        if not ids:
            note(terminal, "The filter finds no session.")
            return
        terminal.confirm(f"{action.capitalize()} these {len(ids)} sessions?", yes)
        # What was shown is done, not what the filter finds by now.
        body = {"ids": ids, "reason": body["reason"]}
    answer = terminal.run(lambda api: api.post(path, {**body, "dry_run": dry_run}))
    more = answer.get("more") or planned.get("more")
    if terminal.for_people:
        terminal.out.print(table_of(_RESULT, answer["results"]))
        note(terminal, f"{answer['done']} done, {answer['unchanged']} unchanged, {answer['refused']} refused.")
        if more:
            note(terminal, "The filter finds more: run it again.")
    else:
        print_data(terminal, answer)
    if answer.get("refused"):
        raise typer.Exit(ExitCode.FAILED)
