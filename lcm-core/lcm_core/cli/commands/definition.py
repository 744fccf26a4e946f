"""``lcm definition``: push content packages, confirm or reject versions, withdraw them."""

from __future__ import annotations

from typing import Annotated

import typer

from lcm_core.cli.commands.acting import act
from lcm_core.cli.commands.completion import complete_definition
from lcm_core.cli.commands.definition_push import push
from lcm_core.cli.commands.proposals import show_proposal
from lcm_core.cli.output.printing import print_data
from lcm_core.cli.terminal import Output, Reason, Yes, terminal_of

ROUTE = "/api/v1/lablet-definitions"
Id = Annotated[str, typer.Argument(metavar="DEFINITION", autocompletion=complete_definition)]


def definition_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command()(push)
    app.command()(sync)
    app.command()(proposal)
    app.command()(confirm)
    app.command()(reject)
    app.command()(deprecate)
    app.command()(archive)
    return app


def sync(ctx: typer.Context, id: Id, output: Output = None) -> None:
    """Have it compared with its content package in the bucket."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/sync", {})


def proposal(ctx: typer.Context, id: Id, output: Output = None) -> None:
    """The version that is proposed, with all that changed."""
    terminal = terminal_of(ctx, output)
    found = terminal.run(lambda api: api.get(f"{ROUTE}/{id}/proposal"))
    if terminal.for_people:
        show_proposal(terminal, found)
    else:
        print_data(terminal, found)


def confirm(
    ctx: typer.Context,
    id: Id,
    content_hash: Annotated[str, typer.Option("--hash", help="Of the proposal that was looked at.")],
    version: Annotated[str | None, typer.Option("--version", help="Another number than the proposed one.")] = None,
    keep_current: Annotated[bool, typer.Option("--keep-current", help="Do not deprecate the current version.")] = False,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Make the proposed content a version."""
    body = {
        "content_hash": content_hash,
        "deprecate_current": not keep_current,
        **({"semantic_version": version} if version else {}),
    }
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/proposal/confirm",
        body,
        ask=f"Make the proposal for {id} a version?",
        yes=yes,
    )


def reject(
    ctx: typer.Context,
    id: Id,
    reason: Reason,
    content_hash: Annotated[str, typer.Option("--hash", help="Of the proposal that was looked at.")],
    output: Output = None,
) -> None:
    """Keep the proposed content from becoming a version."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/proposal/reject", {"content_hash": content_hash, "reason": reason})


def deprecate(ctx: typer.Context, id: Id, reason: Reason, yes: Yes = False, output: Output = None) -> None:
    """Take no new bookings of it."""
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/deprecate",
        {"reason": reason},
        ask=f"Take no new bookings of {id}?",
        yes=yes,
    )


def archive(ctx: typer.Context, id: Id, reason: Reason, yes: Yes = False, output: Output = None) -> None:
    """Withdraw it for good; sessions that are booked go on."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/archive", {"reason": reason}, ask=f"Withdraw {id} for good?", yes=yes)
