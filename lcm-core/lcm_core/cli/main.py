"""``lcm``: one frame for what talks to the API and for what packages add.

Packages add commands through the entry-point group ``lcm.commands``:

[project.entry-points."lcm.commands"]
etcd = "control_plane_api.cli:etcd_app"      # a typer.Typer, or a function that makes one

Nothing is imported here that ``lcm --help`` does not need: a command's code is loaded when it is run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import typer

from lcm_core.cli.command_table import COMMAND_GROUP, entries
from lcm_core.cli.failures import told_clearly
from lcm_core.cli.lazy_group import lazy_app

_HELP = """Lablet Cloud Manager at a terminal.

Commands talk to the REST API of the chosen context (lcm context, lcm login), but for those listed under "Need the
database", which read and repair it directly."""
_PACKAGES = ("lcm-core", "control-plane-api", "resource-scheduler", "worker-controller", "lablet-controller")

ContextName = Annotated[
    str | None,
    typer.Option("--context", envvar="LCM_CONTEXT", help="Context to use instead of the current one (lcm context)."),
]


def build_app(plugins: Sequence[EntryPoint] | None = None) -> typer.Typer:
    """The whole command line; *plugins* default to what is installed."""
    found = list(entry_points(group=COMMAND_GROUP)) if plugins is None else list(plugins)
    app = lazy_app(
        entries(found),
        name="lcm",
        help=_HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    app.command("version")(show_version)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the script; ends the process with an ``ExitCode``."""
    with told_clearly():
        build_app()(args=list(sys.argv[1:] if arguments is None else arguments), prog_name="lcm")


def _root(ctx: typer.Context, context: ContextName = None) -> None:
    ctx.obj = context


def show_version() -> None:
    """Show what is installed."""
    from importlib.metadata import distributions, version

    from rich.console import Console
    from rich.table import Table

    installed = {distribution.name for distribution in distributions()}
    table = Table("package", "version", box=None)
    for package in _PACKAGES:
        if package in installed:
            table.add_row(package, version(package))
    Console().print(table)


if __name__ == "__main__":
    main()
