"""Prints rows, one thing, or data as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from lcm_core.cli.api.client import Row
from lcm_core.cli.resources.cells import at
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import OutputFormat, Terminal


def print_data(terminal: Terminal, data: Any) -> None:
    """*data* in the format of scripts; JSON where a table was asked for."""
    if terminal.output is OutputFormat.YAML:
        import yaml

        terminal.out.file.write(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
    else:
        terminal.out.file.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def print_line(terminal: Terminal, data: Any) -> None:
    """One JSON object a line, out at once: for whoever reads while it goes on."""
    terminal.out.file.write(json.dumps(data, ensure_ascii=False) + "\n")
    terminal.out.file.flush()


def table_of(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], title: str | None = None) -> Table:
    table = Table(box=None, title=title, title_justify="left", pad_edge=False, title_style="bold")
    for column in columns:
        table.add_column(column.header.upper(), overflow="fold", no_wrap=column.header == "id")
    for row in rows:
        table.add_row(*(column.cell(at(row, column.path)) for column in columns))
    return table


def facts_of(columns: Sequence[Column], row: Row) -> Table:
    """Two columns: what, and its value; what there is nothing to say of is left out."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for column in columns:
        told = column.cell(at(row, column.path))
        if str(told) != "-":
            table.add_row(column.header, told)
    return table


def note(terminal: Terminal, message: RenderableType) -> None:
    """For the person, beside the answer; scripts that read the answer do not meet it."""
    terminal.err.print(Text(message) if isinstance(message, str) else message)
