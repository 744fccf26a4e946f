"""``lcm reservation``: move, extend, cancel a booking."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lcm_core.cli.commands.acting import act
from lcm_core.cli.commands.wanted_time import wanted_time
from lcm_core.cli.terminal import Output, Reason, Yes, terminal_of

_ROUTE = "/api/v1/reservations"
Id = Annotated[str, typer.Argument(metavar="RESERVATION")]


def reservation_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command()(cancel)
    app.command()(extend)
    app.command()(reschedule)
    return app


def cancel(ctx: typer.Context, id: Id, reason: Reason, yes: Yes = False, output: Output = None) -> None:
    """Give the booking up. A lab that runs is stopped."""
    terminal = terminal_of(ctx, output)
    act(terminal, f"{_ROUTE}/{id}/cancel", {"reason": reason}, ask=f"Cancel reservation {id}?", yes=yes)


def extend(
    ctx: typer.Context,
    id: Id,
    minutes: Annotated[int, typer.Option("--minutes", min=1)],
    reason: Reason,
    output: Output = None,
) -> None:
    """More time at the end, also while the lab runs."""
    act(terminal_of(ctx, output), f"{_ROUTE}/{id}/extend", {"minutes": minutes, "reason": reason})


def reschedule(
    ctx: typer.Context,
    id: Id,
    at: Annotated[str, typer.Option("--at", help="As for lcm reserve.")],
    reason: Reason,
    tz: Annotated[str | None, typer.Option("--tz")] = None,
    duration: Annotated[
        int | None, typer.Option("--duration", "-d", min=1, help="Minutes; as before when left out.")
    ] = None,
    output: Output = None,
) -> None:
    """Another time for a lab that has not begun."""
    body: dict[str, Any] = {**wanted_time(at, tz), "reason": reason}
    if duration is not None:
        body["duration_minutes"] = duration
    act(terminal_of(ctx, output), f"{_ROUTE}/{id}/reschedule", body)
