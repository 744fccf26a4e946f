"""``lcm stray``: what is to become of an instance that no worker stands for."""

from __future__ import annotations

from typing import Annotated

import typer

from lcm_core.cli.commands.acting import act
from lcm_core.cli.commands.completion import complete_stray
from lcm_core.cli.terminal import Output, Reason, Yes, terminal_of

ROUTE = "/api/v1/stray-instances"
Id = Annotated[str, typer.Argument(metavar="INSTANCE", help="Such as i-0a1b.", autocompletion=complete_stray)]
Template = Annotated[str, typer.Option("--template", help="What it serves as: a worker template of its region.")]
Region = Annotated[str, typer.Option("--region", help="Where it is.")]
WithLabs = Annotated[bool, typer.Option("--with-labs", help="Even if labs are on it, or nobody can say.")]


def stray_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command("import")(import_)
    app.command()(terminate)
    app.command()(leave)
    app.command()(reconsider)
    return app


def import_(
    ctx: typer.Context, id: Id, template: Template, region: Region, reason: Reason, output: Output = None
) -> None:
    """Take it into the fleet as a worker."""
    body = {"ec2_instance_id": id, "template_name": template, "region": region, "reason": reason}
    act(terminal_of(ctx, output), "/api/v1/workers/import", body)


def terminate(
    ctx: typer.Context, id: Id, reason: Reason, with_labs: WithLabs = False, yes: Yes = False, output: Output = None
) -> None:
    """Give it back to the cloud, once nobody stands for it and CML on it says that there is no lab."""
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/terminate",
        {"reason": reason, "with_labs": with_labs},
        ask=f"Terminate instance {id}? Its disk goes with it{', and every lab on it' if with_labs else ''}.",
        yes=yes,
    )


def leave(ctx: typer.Context, id: Id, reason: Reason, output: Output = None) -> None:
    """Do nothing to it, and tell nobody of it any more."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/leave", {"reason": reason})


def reconsider(ctx: typer.Context, id: Id, reason: Reason, output: Output = None) -> None:
    """Take back what was decided about it."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/reconsider", {"reason": reason})
