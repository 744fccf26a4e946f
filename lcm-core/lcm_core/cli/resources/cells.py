"""From a value of the API to the text of a cell."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

Cell = Callable[[Any], str | Text]

_GOOD = frozenset(
    {"READY", "RUNNING", "ACTIVE", "ACCEPTED", "COMPLETED", "completed", "applied", "AVAILABLE", "success"}
)
_BUSY = frozenset(
    {
        "PENDING",
        "SCHEDULED",
        "INSTANTIATING",
        "COLLECTING",
        "GRADING",
        "PROVISIONING",
        "STARTING",
        "DRAINING",
        "STOPPING",
        "TERMINATING",
        "PENDING_SYNC",
        "received",
        "parked",
        "PAUSED",
    }
)
_BAD = frozenset({"FAILED", "failed", "FAULTED", "dead_lettered", "UNAVAILABLE", "SUSPENDED", "expired", "no_show"})


def at(row: Any, path: str) -> Any:
    """The value at *path* (``timeslot.start``), None where there is none."""
    for name in path.split("."):
        row = row.get(name) if isinstance(row, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return row  # pyright: ignore[reportUnknownVariableType]


def text(value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return "-"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(text(each) for each in value)  # pyright: ignore[reportUnknownVariableType]
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def status(value: Any) -> Text:
    told = text(value)
    style = "green" if told in _GOOD else "yellow" if told in _BUSY else "bold red" if told in _BAD else ""
    return Text(told, style=style)


def moment(value: Any) -> str:
    """On this machine's clock, to the minute."""
    found = instant(value)
    return found.astimezone().strftime("%Y-%m-%d %H:%M") if found else "-"


def ago(value: Any) -> str:
    found = instant(value)
    return span((datetime.now(UTC) - found).total_seconds()) if found else "-"


def instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value else None


def span(seconds: float) -> str:
    """Two units at the most: 41 s, 3 min 5 s, 2 h 4 min, 3 d 1 h; a time to come has a minus."""
    sign, left = ("-", -seconds) if seconds <= -1 else ("", max(seconds, 0))
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    if left < 10:
        return f"{sign}{left:.1f} s"
    parts: list[str] = []
    for name, size in units:
        count, left = divmod(int(left), size)
        if count or parts:
            parts.append(f"{count} {name}")
        if len(parts) == 2:
            break
    return sign + " ".join(part for part in parts if not part.startswith("0 "))


def room(value: Any) -> str:
    """A resource vector in short."""
    if not isinstance(value, dict):
        return "-"
    vector: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    return (
        f"{vector.get('cpu_cores', 0)} cpu, {vector.get('memory_gb', 0)} GB, {vector.get('storage_gb', 0)} GB disk, "
        f"{vector.get('nodes', 0)} nodes, {vector.get('ports', 0)} ports"
    )


def count(value: Any) -> str:
    return str(len(value)) if isinstance(value, (list, dict)) else "0"  # pyright: ignore[reportUnknownArgumentType]


def counts(value: Any) -> str:
    """Numbers by name, greatest first."""
    if not isinstance(value, dict) or not value:
        return "-"
    numbers: dict[str, int] = value  # pyright: ignore[reportUnknownVariableType]
    return ", ".join(f"{number} {name}" for name, number in sorted(numbers.items(), key=lambda item: -item[1]))


def event_types(value: Any) -> str:
    return ", ".join(str(each.get("type")) for each in value) if value else "-"
