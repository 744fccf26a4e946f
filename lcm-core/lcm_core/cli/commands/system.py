"""``lcm system``: how everything is; etcd and projections made again by the server."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lcm_core.cli.commands.acting import act
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.output.printing import print_data, table_of
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Output, Reason, Yes, terminal_of

_SERVICES = (
    Column("service", "service"),
    Column("version", "version"),
    Column("ready", "ready"),
    Column("leads", "leader"),
    Column("instance", "instance"),
    Column("problem", "problem"),
)


def system_app() -> typer.Typer:
    app = typer.Typer(help="Status; etcd and projections made again by the server.", no_args_is_help=True)
    app.command()(status)
    app.command("rebuild-etcd")(rebuild_etcd)
    app.command("rebuild-projections")(rebuild_projections)
    return app


def status(ctx: typer.Context, output: Output = None) -> None:
    """Version and health of every service; exit code 1 when one is not ready."""
    terminal = terminal_of(ctx, output)
    found = terminal.run(lambda api: api.get("/api/v1/system"))
    if terminal.for_people:
        terminal.out.print(table_of(_SERVICES, found["services"]))
    else:
        print_data(terminal, found)
    if not found["ready"]:
        raise typer.Exit(ExitCode.FAILED)


def rebuild_etcd(ctx: typer.Context, reason: Reason, yes: Yes = False, output: Output = None) -> None:
    """Have the server publish every key anew. Without the API: `lcm etcd rebuild`."""
    act(
        terminal_of(ctx, output),
        "/api/v1/system/rebuild-etcd",
        {"reason": reason},
        ask="Publish everything in etcd anew?",
        yes=yes,
    )


def rebuild_projections(
    ctx: typer.Context,
    reason: Reason,
    collection: Annotated[
        list[str] | None, typer.Option("--collection", help="Only this one; may be repeated.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of going on.")] = False,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Have the server make the current state again from the log. Without the API: `lcm projections rebuild`."""
    body: dict[str, Any] = {"reason": reason, "collections": collection or [], "fresh": fresh}
    act(
        terminal_of(ctx, output),
        "/api/v1/system/rebuild-projections",
        body,
        ask="Make the current state again from the log?",
        yes=yes,
    )
