"""Shows what changed between two versions of a definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from lcm_core.cli.output.printing import table_of
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Terminal

_CHANGES = (
    Column("level", "level"),
    Column("what", "what"),
    Column("name", "name"),
    Column("change", "change"),
    Column("detail", "detail"),
)
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def show_proposal(terminal: Terminal, found: Mapping[str, Any]) -> None:
    """A ``ProposedVersion``: what a bucket holds that the definition does not have."""
    proposal = found["proposal"]
    heading = f"{found['name']} {found['current_version']} → {proposal['semantic_version']} ({proposal['level']})"
    show_changes(terminal, heading, proposal["changes"], proposal.get("more_changes", 0), found["files"])
    terminal.out.print(f"content hash {proposal['content_hash']}", soft_wrap=True)


def show_changes(
    terminal: Terminal,
    heading: str,
    changes: Iterable[Mapping[str, Any]],
    more: int,
    files: Iterable[Mapping[str, Any]],
) -> None:
    terminal.out.print(Text(heading, style="bold"))
    terminal.out.print(table_of(_CHANGES, changes))
    if more:
        terminal.out.print(f"… and {more} more changes")
    for file in files:
        terminal.out.print(Text(f"\n{file['path']}", style="bold"))
        for line in file["lines"]:
            terminal.out.print(Text(line, style=_STYLES.get(line[:1], "")), soft_wrap=True)
        if file.get("cut"):
            terminal.out.print(Text("… there is more", style="dim"))
