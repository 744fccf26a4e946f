"""How measurements are shown and kept."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.machine import machine_facts

FOLDER = Path(".artifacts/bench")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """As lines of text; every column but the first is a number."""
    drawn = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        drawn.add_column(column, justify="right" if place else "left")
    for row in rows:
        drawn.add_row(*row)
    out = io.StringIO()
    Console(file=out, width=110).print(drawn)
    return out.getvalue().rstrip().splitlines()


def keep(name: str, results: Mapping[str, Any]) -> Path:
    """Write *results* with the facts of the machine to FOLDER."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.json"
    measured = {"at": datetime.now(UTC).isoformat(), "machine": machine_facts(), **results}
    file.write_text(json.dumps(measured, indent=2) + "\n")
    return file
