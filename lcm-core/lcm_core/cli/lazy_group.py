"""A group of commands whose code is imported when one of them is run, not when the group lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer
import typer.core

Loader = Callable[[], Any]
"""Makes the ``typer.Typer`` of one entry."""


@dataclass(frozen=True, slots=True)
class LazyEntry:
    """One command or group: what help says of it, and how it is made when it is wanted."""

    name: str
    help: str
    panel: str
    load: Loader


class _Loaded(dict[str, Any]):
    """Commands by name; a lazy one is made when it is asked for by name."""

    def __init__(self, eager: Mapping[str, Any], lazy: Mapping[str, LazyEntry]) -> None:
        super().__init__({name: _stub(entry) for name, entry in lazy.items()} | dict(eager))
        self._pending = dict(lazy)

    def __getitem__(self, name: str) -> Any:
        entry = self._pending.pop(name, None)
        if entry is not None:
            self[name] = _command_of(entry)
        return super().__getitem__(name)

    def listed(self, name: str) -> Any:
        """As help shows it: without loading anything."""
        return super().get(name)


class LazyGroup(typer.core.TyperGroup):
    """Set ``entries`` in a subclass. Help is written from them; completion and running load the one that is named."""

    entries: tuple[LazyEntry, ...] = ()

    def __init__(self, **attributes: Any) -> None:
        eager: dict[str, Any] = attributes.pop("commands", None) or {}
        super().__init__(**attributes)
        self._loaded = _Loaded(eager, {entry.name: entry for entry in self.entries})
        self.commands = self._loaded

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self._loaded.listed(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else self._loaded[name], rest

    def everything(self) -> Iterator[tuple[str, Any]]:
        """Every command, loaded: for documentation."""
        for name in list(self._loaded):
            yield name, self._loaded[name]


def lazy_app(entries: tuple[LazyEntry, ...], **attributes: Any) -> typer.Typer:
    """A ``typer.Typer`` whose commands are *entries*, besides those that are added to it."""

    class Group(LazyGroup):
        pass

    Group.entries = entries
    return typer.Typer(cls=Group, **attributes)


def _command_of(entry: LazyEntry) -> Any:
    """A group that says nothing of itself says what the list says of it.

    Only the command line as a whole has the options that install completion.
    """
    app = entry.load()
    if app.registered_callback is None and not app.registered_groups and len(app.registered_commands) == 1:
        command = typer.main.get_command(app)
        command.name = entry.name
        return command
    frame = typer.Typer(add_completion=False)
    frame.add_typer(app, name=entry.name)
    group: Any = typer.main.get_command(frame)
    made = group.commands[entry.name]
    made.help = made.help or entry.help
    return made


def _stub(entry: LazyEntry) -> typer.core.TyperCommand:
    return typer.core.TyperCommand(entry.name, help=entry.help, rich_help_panel=entry.panel)
