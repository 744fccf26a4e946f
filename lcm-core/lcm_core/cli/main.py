"""``lcm``. Packages add their commands through the entry-point group ``lcm.commands``:

[project.entry-points."lcm.commands"]
audit = "control_plane_api.cli:audit_app"      # a typer.Typer, or a function that makes one
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, distributions, entry_points, version

import typer
from rich.console import Console
from rich.table import Table

from lcm_core.cli.failures import EXIT_FAILED, told_clearly

COMMAND_GROUP = "lcm.commands"
_PACKAGES = ("lcm-core", "control-plane-api", "resource-scheduler", "worker-controller", "lablet-controller")


def build_app(plugins: Sequence[EntryPoint] | None = None) -> typer.Typer:
    """The whole command line; *plugins* default to what is installed."""
    app = typer.Typer(
        name="lcm",
        help="Lablet Cloud Manager: inspect, prove and repair.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    app.callback()(_root)
    app.command("version")(show_version)
    found = entry_points(group=COMMAND_GROUP) if plugins is None else plugins
    for plugin in sorted(found, key=lambda point: point.name):
        _add(app, plugin)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the script; ends the process. 0 done, 1 failed or findings, 2 used wrongly."""
    with told_clearly():
        build_app()(args=list(sys.argv[1:] if arguments is None else arguments), prog_name="lcm")


def _root() -> None:
    """Lablet Cloud Manager: inspect, prove and repair."""


def show_version() -> None:
    """Show what is installed."""
    installed = {distribution.name for distribution in distributions()}
    table = Table("package", "version", box=None)
    for package in _PACKAGES:
        if package in installed:
            table.add_row(package, version(package))
    Console().print(table)


def _add(app: typer.Typer, plugin: EntryPoint) -> None:
    """A plugin that cannot be loaded says so when it is called, and harms no other command."""
    try:
        loaded = plugin.load()
        sub_app = loaded if isinstance(loaded, typer.Typer) else loaded()
    except Exception as error:  # noqa: BLE001 - any defect of a plugin is that plugin's alone
        reason = f"{type(error).__name__}: {error}"
        app.command(plugin.name, help=f"[red]not available[/red]: {reason}")(_unavailable(plugin, reason))
        return
    app.add_typer(sub_app, name=plugin.name)


def _unavailable(plugin: EntryPoint, reason: str):
    def command() -> None:
        Console(stderr=True).print(
            f"[red]lcm {plugin.name}[/red] cannot be loaded from {plugin.value}: {reason}", highlight=False
        )
        raise typer.Exit(EXIT_FAILED)

    return command


if __name__ == "__main__":
    main()
