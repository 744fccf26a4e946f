"""``lcm watch``: a resource as it changes, on the live stream where it is told there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
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
from lcm_core.cli.resources.reading import filters_in, read_list, read_one, the_thing
from lcm_core.cli.resources.resource import Resource
from lcm_core.cli.terminal import Output, Terminal, terminal_of

_MOST_ROWS = 200
_STREAM_PARAMETERS = frozenset({"sort", "from", "to", "name"})

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
        and each change of one.
        """
        terminal, kind = terminal_of(ctx, output), resource_named(resource)
        filters = filters_in(kind, filter or [])
        terminal.run(lambda api: _watch(api, terminal, kind, filters, interval, count))

    return app


async def _watch(
    api: ApiClient, terminal: Terminal, resource: Resource, filters: dict[str, str], interval: float, count: int | None
) -> None:
    board = Board(resource)
    changes = _streamed(api, resource, filters) if resource.kind else _polled(api, resource, filters, interval)
    live = Live(board.table(), console=terminal.out, auto_refresh=True, refresh_per_second=4) if terminal.live else None
    if live is None:
        note(terminal, f"Watching {resource.name}; Ctrl-C ends it.")
    seen = 0
    with live or _Nothing():
        async for row, is_change in changes:
            if not board.apply(row):
                continue
            if live is not None:
                live.update(board.table())
            else:
                print_line(terminal, row)
            seen += is_change
            if count is not None and seen >= count:
                return


class _Nothing:
    """In the place of a display where there is none."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class Board:
    """The newest row of each thing; an older version never replaces a newer one."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._rows: dict[str, Row] = {}

    def apply(self, row: Row) -> bool:
        """Whether that is news."""
        id = str(at(row, self._resource.id_path))
        known = self._rows.get(id)
        if known == row or (known is not None and _version(known) > _version(row)):
            return False
        self._rows[id] = row
        return True

    def table(self) -> Table:
        rows = list(self._rows.values())[-_MOST_ROWS:]
        return table_of(self._resource.columns, rows, title=f"{len(self._rows)} {self._resource.name}")


def _version(row: Row) -> int:
    version = row.get("version")
    return version if isinstance(version, int) else 0


async def _streamed(api: ApiClient, resource: Resource, filters: dict[str, str]) -> AsyncIterator[tuple[Row, bool]]:
    """(row, whether it is a change). The stream is open before the list is read: nothing falls between them."""
    async for event in LiveStream(api, (resource.kind,)).events():
        if event.name == SNAPSHOT:
            for row in await read_list(api, resource, filters, _MOST_ROWS):
                yield row, event.gap
            continue
        row = await _row_of(api, resource, event.data)
        if row is not None and _fits(row, filters):
            yield row, True


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


def _fits(row: Row, filters: dict[str, str]) -> bool:
    wanted = {name: value for name, value in filters.items() if name not in _STREAM_PARAMETERS}
    return all(str(row.get(name, at(row, f"candidate.{name}"))) == value for name, value in wanted.items())


async def _polled(
    api: ApiClient, resource: Resource, filters: dict[str, str], interval: float
) -> AsyncIterator[tuple[Row, bool]]:
    first = True
    while True:
        for row in reversed(await read_list(api, resource, filters, _MOST_ROWS)):
            yield row, not first
        first = False
        await asyncio.sleep(interval)
