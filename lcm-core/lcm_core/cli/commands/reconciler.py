"""``lcm reconciler``: see, pause, resume the controllers."""

from __future__ import annotations

from typing import Annotated

import typer

from lcm_core.cli.commands.acting import act
from lcm_core.cli.output.printing import print_data, table_of
from lcm_core.cli.resources.catalogue import RECONCILERS
from lcm_core.cli.resources.reading import read_list
from lcm_core.cli.terminal import Output, Reason, Yes, terminal_of

_SERVICES = ("control-plane-api", "resource-scheduler", "worker-controller", "lablet-controller")


def _complete_service(incomplete: str) -> list[str]:
    return [name for name in _SERVICES if name.startswith(incomplete)]


Service = Annotated[
    str,
    typer.Argument(metavar="SERVICE", help="For example worker-controller.", autocompletion=_complete_service),
]


def reconciler_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command("list")(list_)
    app.command()(pause)
    app.command()(resume)
    return app


def list_(ctx: typer.Context, output: Output = None) -> None:
    """All controllers, and whether they are paused."""
    terminal = terminal_of(ctx, output)
    rows = terminal.run(lambda api: read_list(api, RECONCILERS, {}, None))
    if terminal.for_people:
        terminal.out.print(table_of(RECONCILERS.columns, rows))
    else:
        print_data(terminal, {"items": rows})


def pause(ctx: typer.Context, service: Service, reason: Reason, yes: Yes = False, output: Output = None) -> None:
    """Have a controller begin nothing more, until it is resumed."""
    act(
        terminal_of(ctx, output),
        f"/api/v1/reconcilers/{service}/pause",
        {"reason": reason},
        ask=f"Pause {service}? Sessions will wait.",
        yes=yes,
    )


def resume(ctx: typer.Context, service: Service, reason: Reason, output: Output = None) -> None:
    """Have it go on; it looks at everything once."""
    act(terminal_of(ctx, output), f"/api/v1/reconcilers/{service}/resume", {"reason": reason})
