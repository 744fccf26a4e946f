"""Every command of ``lcm``: its help, where it stands in the list, and where its code is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint
from typing import Any

import typer

from lcm_core.cli.lazy_group import LazyEntry, lazy_app

COMMAND_GROUP = "lcm.commands"
EVERYDAY, SIGN_IN, OPERATE = "Look and book", "Sign in", "Operate and recover"
DATABASE = "Need the database (settings of control-plane-api in the environment)"

_API_COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    ("login", SIGN_IN, "Sign in: in the browser, with a device code, or as a client.", "sign_in:login_app"),
    ("logout", SIGN_IN, "Forget the tokens of a context, and have the issuer revoke them.", "sign_in:logout_app"),
    ("whoami", SIGN_IN, "Who is signed in, with which roles, until when.", "sign_in:whoami_app"),
    ("context", SIGN_IN, "The systems that this command line talks to.", "context:context_app"),
    ("get", EVERYDAY, "Show one or many of a resource.", "look:get_app"),
    ("list", EVERYDAY, "Show many of a resource, with filters.", "look:list_app"),
    ("describe", EVERYDAY, "Everything about one thing, laid out for reading.", "look:describe_app"),
    ("watch", EVERYDAY, "Follow a resource live.", "watch:watch_app"),
    ("resources", EVERYDAY, "What get, list, describe and watch know, with columns and filters.", "look:resources_app"),
    ("reserve", EVERYDAY, "Book a lab, or one for each seat of a class.", "reserve:reserve_app"),
    ("reservation", EVERYDAY, "Move, extend or cancel a booking.", "reservation:reservation_app"),
    (
        "session",
        EVERYDAY,
        "Follow a session; put right what went wrong with one, or with many.",
        "session:session_app",
    ),
    ("events", EVERYDAY, "What happens, as it happens.", "events:events_app"),
    ("worker", OPERATE, "Drain, start, stop, refresh, re-sync.", "worker:worker_app"),
    ("stray", OPERATE, "Take in, terminate or leave an instance that no worker stands for.", "stray:stray_app"),
    ("definition", OPERATE, "Push content packages, confirm versions.", "definition:definition_app"),
    ("dead-letters", OPERATE, "Events that could not be applied or delivered.", "dead_letters:dead_letters_app"),
    ("reconciler", OPERATE, "See, pause and resume the controllers.", "reconciler:reconciler_app"),
    ("system", OPERATE, "Status; etcd and projections made again by the server.", "system:system_app"),
    ("doctor", OPERATE, "Check everything that LCM needs, and say for each failure what to do.", "doctor:doctor_app"),
)
_LOCAL_HELP = "All that works on the database itself, without the API."
_AUDIT_HELP = "Prove the event log; search and export who did what."
_PLUGIN_HELP = {
    "audit": "Prove the event log, and read the history of one thing.",
    "etcd": "What etcd is told of workers and sessions.",
    "projections": "Make the current-state collections again from the log.",
    "secrets": "Passwords of devices and secrets of subscriptions at rest: keys, and which key sealed what.",
}
"""Known without loading the packages that bring these commands."""


def entries(plugins: Sequence[EntryPoint]) -> tuple[LazyEntry, ...]:
    """What ``lcm`` consists of when *plugins* are installed."""
    built_in = [LazyEntry(name, text, panel, partial(_built_in, at)) for name, panel, text, at in _API_COMMANDS]
    by_name = {plugin.name: plugin for plugin in sorted(plugins, key=lambda point: point.name)}
    audit = partial(_audit, by_name.get("audit"))
    merged = LazyEntry("audit", _AUDIT_HELP, OPERATE, audit)
    others = [
        LazyEntry(name, _help_of(plugin), DATABASE, load)
        for name, plugin in by_name.items()
        if name != "audit" and (load := partial(_plugin, plugin))
    ]
    local = LazyEntry("local", _LOCAL_HELP, DATABASE, partial(_local, by_name))
    return (*built_in, merged, local, *others)


def _help_of(plugin: EntryPoint) -> str:
    return _PLUGIN_HELP.get(plugin.name, f"Comes with {plugin.value.partition('.')[0]}.")


def _built_in(at: str) -> Any:
    module, _, factory = at.partition(":")
    return getattr(import_module(f"lcm_core.cli.commands.{module}"), factory)()


def _audit(plugin: EntryPoint | None) -> Any:
    from lcm_core.cli.commands.audit import audit_app

    return audit_app(partial(_plugin, plugin) if plugin is not None else None)


def _local(plugins: dict[str, EntryPoint]) -> typer.Typer:
    found = tuple(
        LazyEntry(name, _help_of(plugin), "Commands", partial(_plugin, plugin)) for name, plugin in plugins.items()
    )
    app = lazy_app(found, no_args_is_help=True)
    app.callback(help=_LOCAL_HELP)(_nothing)
    return app


def _nothing() -> None: ...


def _plugin(plugin: EntryPoint) -> typer.Typer:
    """A plugin that cannot be loaded says so when it is called, and harms no other command."""
    try:
        loaded = plugin.load()
        return loaded if isinstance(loaded, typer.Typer) else loaded()
    except Exception as error:  # noqa: BLE001 - any defect of a plugin is that plugin's alone
        return _unavailable(plugin, f"{type(error).__name__}: {error}")


def _unavailable(plugin: EntryPoint, reason: str) -> typer.Typer:
    app = typer.Typer(help=f"not available: {reason}")

    @app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
    def fail() -> None:
        from lcm_core.cli.failures import EXIT_FAILED

        typer.echo(f"lcm {plugin.name} cannot be loaded from {plugin.value}: {reason}", err=True)
        raise typer.Exit(EXIT_FAILED)

    _ = fail
    return app
