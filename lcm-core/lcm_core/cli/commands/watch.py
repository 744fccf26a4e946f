"""``lcm watch``: a resource as it changes, on the live stream where it is told there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.live_stream import SNAPSHOT, LiveStream
from lcm_core.cli.api.problem import ApiProblem
from lcm_core.cli.commands.look import Filters, ResourceName
from lcm_core.cli.output.printing import note, print_line, table_of
from lcm_core.cli.resources.catalogue import resource_named
from lcm_core.cli.resources.cells import at
from lcm_core.cli.resources.fitting import fits
from lcm_core.cli.resources.reading import filters_in, read_list, read_one, the_thing
from lcm_core.cli.resources.resource import Resource
from lcm_core.cli.terminal import Output, Terminal, terminal_of

_MOST_ROWS = 200

Interval = Annotated[
    float, typer.Option("--interval", min=0.5, help="Seconds between looks, where there is no stream.")
]
Count = Annotated[int | None, typer.Option("--count", min=1, help="End after so many changes.")]


def watch_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)

    @app.command()
    def watch(  # pyright: ignore[reportUnusedFunction]
        ctx: typer.Context,
        resource: ResourceName,
        filter: Filters = None,
        interval: Interval = 2.0,
        count: Count = None,
        output: Output = None,
    ) -> None:
        """Follow a resource live, until Ctrl-C.

        A table that redraws itself; where the output is no terminal, or with -o json, one JSON object for each row
        and each change of one. A row that no longer fits the filters, or is gone, is told once more with "left": true.
        """
        terminal, kind = terminal_of(ctx, output), resource_named(resource)
        filters = filters_in(kind, filter or [])
        terminal.run(lambda api: _watch(api, terminal, kind, filters, interval, count))

    return app


@dataclass(frozen=True, slots=True)
class Look:
    """The rows that there are; not *whole* when there may be more of them."""

    rows: Sequence[Row]
    is_first: bool
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one thing; *stays* is false when it is gone, or is none of those that are asked for any more."""

    id: str
    row: Row | None
    stays: bool


async def _watch(
    api: ApiClient, terminal: Terminal, resource: Resource, filters: dict[str, str], interval: float, count: int | None
) -> None:
    board = Board(resource)
    told = _streamed(api, resource, filters) if resource.kind else _polled(api, resource, filters, interval)
    live = Live(board.table(), console=terminal.out, auto_refresh=True, refresh_per_second=4) if terminal.live else None
    if live is None:
        note(terminal, f"Watching {resource.name}; Ctrl-C ends it.")
    seen = 0
    with live or nullcontext():
        async for each in told:
            for row in board.apply(each):
                if live is not None:
                    live.update(board.table())
                else:
                    print_line(terminal, row)
                seen += not (isinstance(each, Look) and each.is_first)
                if count is not None and seen >= count:
                    return


class Board:
    """The newest row of each thing that fits; an older version never replaces a newer one."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._rows: dict[str, Row] = {}

    def apply(self, told: Look | Change) -> Iterable[Row]:
        """What is news: rows as they are now; one that has left as it was known last, marked with ``left``."""
        if isinstance(told, Look):
            there = {self._id(row): row for row in told.rows}
            gone = [id for id in self._rows if id not in there] if told.whole else []
            news = [self._left(id, None) for id in gone]
            return [*news, *(row for id, row in there.items() if self._is_news(id, row))]
        if told.row is not None and told.stays:
            return [told.row] if self._is_news(told.id, told.row) else []
        known = self._rows.get(told.id)
        if known is None or (told.row is not None and _version(known) > _version(told.row)):
            return []
        return [self._left(told.id, told.row)]

    def table(self) -> Table:
        rows = list(self._rows.values())[-_MOST_ROWS:]
        return table_of(self._resource.columns, rows, title=f"{len(self._rows)} {self._resource.name}")

    def _id(self, row: Row) -> str:
        return str(at(row, self._resource.id_path))

    def _is_news(self, id: str, row: Row) -> bool:
        known = self._rows.get(id)
        if known == row or (known is not None and _version(known) > _version(row)):
            return False
        self._rows[id] = row
        return True

    def _left(self, id: str, row: Row | None) -> Row:
        known = self._rows.pop(id)
        return {**(row or known), "left": True}


def _version(row: Row) -> int:
    version = row.get("version")
    return version if isinstance(version, int) else 0


async def _streamed(api: ApiClient, resource: Resource, filters: dict[str, str]) -> AsyncIterator[Look | Change]:
    """The stream is open before the list is read: nothing falls between them."""
    async for event in LiveStream(api, (resource.kind,)).events():
        if event.name == SNAPSHOT:
            rows = await read_list(api, resource, filters, _MOST_ROWS)
            yield Look(rows, is_first=not event.gap, whole=len(rows) < _MOST_ROWS)
            continue
        row = await _row_of(api, resource, event.data)
        id = str(at(row, resource.id_path)) if row is not None else str(event.data["aggregate_id"])
        yield Change(id, row, stays=row is not None and fits(row, filters))


async def _row_of(api: ApiClient, resource: Resource, data: Row) -> Row | None:
    """The row that an event led to; asked for where the stream carries none in the form of the list."""
    if data.get("row") and at(data["row"], resource.id_path) is not None:
        return data["row"]
    try:
        return the_thing(resource, await read_one(api, resource, str(data["aggregate_id"])))
    except ApiProblem as problem:
        if problem.status == 404:
            return None
        raise


async def _polled(
    api: ApiClient, resource: Resource, filters: dict[str, str], interval: float
) -> AsyncIterator[Look | Change]:
    first = True
    while True:
        rows = await read_list(api, resource, filters, _MOST_ROWS)
        yield Look([*reversed(rows)], is_first=first, whole=len(rows) < _MOST_ROWS)
        first = False
        await asyncio.sleep(interval)
