"""``lcm worker``: what operators tell hosts."""

from __future__ import annotations

from typing import Annotated

import typer

from lcm_core.cli.commands.acting import act
from lcm_core.cli.commands.completion import complete_worker
from lcm_core.cli.commands.worker_drain import drain
from lcm_core.cli.terminal import Output, Reason, Yes, terminal_of

ROUTE = "/api/v1/workers"
Id = Annotated[str, typer.Argument(metavar="WORKER", autocompletion=complete_worker)]
Force = Annotated[bool, typer.Option("--force", help="Even while sessions are live or imminent on it.")]


def worker_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command()(drain)
    app.command()(undrain)
    app.command()(start)
    app.command()(stop)
    app.command()(terminate)
    app.command()(refresh)
    app.command("resync-labs")(resync_labs)
    return app


def undrain(ctx: typer.Context, id: Id, reason: Reason, output: Output = None) -> None:
    """Let it serve again."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/undrain", {"reason": reason})


def start(ctx: typer.Context, id: Id, reason: Reason, output: Output = None) -> None:
    """Start a stopped worker."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/start", {"reason": reason})


def stop(
    ctx: typer.Context, id: Id, reason: Reason, force: Force = False, yes: Yes = False, output: Output = None
) -> None:
    """Stop a worker now; refused while sessions are live or imminent."""
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/stop",
        {"reason": reason, "force": force},
        ask=f"Stop worker {id}?",
        yes=yes,
    )


def terminate(
    ctx: typer.Context, id: Id, reason: Reason, force: Force = False, yes: Yes = False, output: Output = None
) -> None:
    """Give a worker back to the cloud, with its disk."""
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/terminate",
        {"reason": reason, "force": force},
        ask=f"Terminate worker {id}? Its disk goes with it.",
        yes=yes,
    )


def refresh(ctx: typer.Context, id: Id, reason: Reason, output: Output = None) -> None:
    """Look at the host again now: state, metrics, licence."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/refresh", {"reason": reason})


def resync_labs(ctx: typer.Context, id: Id, reason: Reason, output: Output = None) -> None:
    """Look at the labs on the host again now."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/resync-labs", {"reason": reason})
