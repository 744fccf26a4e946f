"""``lcm dead-letters``: events that could not be applied here, or delivered there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import Progress

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import ApiProblem, UsageProblem
from lcm_core.cli.commands.acting import act
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.output.printing import note, print_data, table_of
from lcm_core.cli.resources.catalogue import DEAD_LETTERS, OUTBOUND_DEAD_LETTERS
from lcm_core.cli.resources.reading import ids_of, read_list
from lcm_core.cli.terminal import Output, Terminal, Yes, terminal_of

_INBOUND = "/api/v1/inbound-events/{id}/replay"
_OUTBOUND = "/api/v1/outbound-dead-letters/{id}/replay"
Outbound = Annotated[bool, typer.Option("--outbound", help="Those that a subscriber did not take.")]
Subscription = Annotated[str | None, typer.Option("--subscription", help="Outbound ones of this subscription.")]
OptionalReason = Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the audit log.")]


def dead_letters_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command("list")(list_)
    app.command()(replay)
    return app


def list_(
    ctx: typer.Context,
    outbound: Outbound = False,
    subscription: Subscription = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1)] = 50,
    output: Output = None,
) -> None:
    """Show them, newest first."""
    terminal = terminal_of(ctx, output)
    resource = OUTBOUND_DEAD_LETTERS if outbound or subscription else DEAD_LETTERS
    filters = {"subscription_id": subscription} if subscription else {}
    rows = terminal.run(lambda api: read_list(api, resource, filters, limit))
    if terminal.for_people:
        terminal.out.print(table_of(resource.columns, rows))
        note(terminal, f"{len(rows)} dead letters.")
    else:
        print_data(terminal, {"items": rows})


def replay(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    all: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
    outbound: Outbound = False,
    subscription: Subscription = None,
    reason: OptionalReason = "",
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Try them again: named ones, all inbound ones, or all of one subscription. Repeating it does no harm."""
    terminal = terminal_of(ctx, output)
    if bool(ids) == all:
        raise UsageProblem("Name dead letters, or say --all.")
    if outbound and all and subscription is None:
        raise UsageProblem("Say whose outbound dead letters: --subscription ID.")
    if subscription is not None and all:
        act(
            terminal,
            "/api/v1/outbound-dead-letters/replay",
            {"subscription_id": subscription},
            ask=f"Send all dead letters of subscription {subscription} again?",
            yes=yes,
        )
        return
    route = _OUTBOUND if outbound or subscription else _INBOUND
    if not ids:
        ids = terminal.run(_all_inbound)
        terminal.confirm(f"Replay {len(ids)} dead letters?", yes or not ids)
    body = {"reason": reason} if route is _INBOUND else {}
    if terminal.run(lambda api: _replay(api, terminal, route, ids, body)):
        raise typer.Exit(ExitCode.FAILED)


async def _all_inbound(api: ApiClient) -> list[str]:
    return ids_of(DEAD_LETTERS, await read_list(api, DEAD_LETTERS, {}, None))


async def _replay(api: ApiClient, terminal: Terminal, route: str, ids: Sequence[str], body: Row) -> int:
    """How many were refused; each refusal is told, and does not keep the others from being tried."""
    refused = 0
    answers: list[Row] = []
    with Progress(console=terminal.err, disable=not terminal.err.is_terminal) as bar:
        for id in bar.track(ids, description="replaying"):
            try:
                answers.append(await api.post(route.format(id=id), body))
            except ApiProblem as problem:
                if problem.status not in (404, 409):
                    raise
                refused += 1
                note(terminal, f"{id}: {problem.message}")
    if terminal.for_people:
        note(terminal, f"{len(answers)} are tried again, {refused} refused.")
    else:
        print_data(terminal, {"items": answers})
    return refused
