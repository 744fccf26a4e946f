"""Writes docs/reference/cli.md from the commands of ``lcm`` themselves.

``python scripts/generate_cli.py`` rewrites the file; with ``--check`` it changes nothing and exits 1 when it is out of
date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from generated_files import ROOT, write_or_check

from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.lazy_group import LazyGroup
from lcm_core.cli.main import build_app
from lcm_core.cli.resources.catalogue import RESOURCES

_INTRODUCTION = """\
Made from the commands themselves (`make generated`). [At a terminal](../operations/terminal.md) shows how they are
used.

Commands talk to the REST API of the chosen context, but for those of the last group, which read and repair the
database itself and take the settings of control-plane-api from the environment. Every command has `--help`;
`lcm --install-completion` makes the shell complete commands, resources, filters and ids."""
_HIDDEN_OPTIONS = {"--help", "--install-completion", "--show-completion"}
_REPEATED = {"local"}
"""Groups whose commands stand elsewhere under their own names."""


def commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group below *command*, in the order of help."""
    listed = command.everything() if isinstance(command, LazyGroup) else getattr(command, "commands", {}).items()
    for name, below in listed:
        yield (*path, name), below
        if name not in _REPEATED:
            yield from commands(below, (*path, name))


def _text(words: str | None) -> str:
    return " ".join((words or "").split())


def _cell(words: str | None) -> str:
    return _text(words).replace("|", "\\|")


def _usage(path: tuple[str, ...], command: Any) -> list[str]:
    """A group has none of its own."""
    if hasattr(command, "commands"):
        return []
    arguments = [item.metavar or item.name.upper() for item in command.params if item.param_type_name == "argument"]
    return ["```sh", " ".join((*path, *arguments)), "```", ""]


def _options(command: Any) -> Iterator[str]:
    shown = [
        item for item in command.params if item.param_type_name == "option" and not _HIDDEN_OPTIONS & set(item.opts)
    ]
    if not shown:
        return
    yield from ("", "| Option | Meaning |", "| --- | --- |")
    for item in shown:
        names = ", ".join(f"`{name}`" for name in (*item.opts, *item.secondary_opts))
        told = _cell(item.help)
        if item.required:
            told = f"{told} Needed.".strip()
        elif item.default not in (None, False, "", ()) and not callable(item.default):
            told = f"{told} Default `{getattr(item.default, 'value', item.default)}`.".strip()
        if item.envvar:
            told += f" From `{item.envvar}` where it is not given."
        yield f"| {names} | {told} |"


def cli_page() -> str:
    root = typer.main.get_command(build_app())
    parts = ["# Command line", "", _INTRODUCTION, "", "## Exit codes", "", "| Code | Meaning |", "| --- | --- |"]
    parts += [f"| {int(code)} | {code.meaning} |" for code in ExitCode]
    parts += ["", "## Resources", "", "For `lcm get`, `list`, `describe` and `watch`.", ""]
    parts += ["| Resource | Also | What | Filters | Watched by |", "| --- | --- | --- | --- | --- |"]
    for each in RESOURCES:
        also, filters = (", ".join(f"`{name}`" for name in names) for names in (each.names[1:], each.filters))
        watched = "live stream" if each.kind else "looking again"
        parts.append(f"| `{each.name}` | {also} | {each.help} | {filters} | {watched} |")
    for path, command in commands(root, ("lcm",)):
        heading = "##" if len(path) == 2 else "###"
        parts += ["", f"{heading} {' '.join(path)}", "", *_usage(path, command), _text(command.help)]
        parts += _options(command)
    return "\n".join(parts) + "\n"


def generated() -> dict[Path, str]:
    return {ROOT / "docs/reference/cli.md": cli_page()}


if __name__ == "__main__":
    sys.exit(write_or_check(generated(), sys.argv[1:]))
