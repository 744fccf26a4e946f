"""``lcm events tail``: every event as it happens, none of them twice."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Annotated

import typer
from rich.text import Text

from lcm_core.cli.api.client import ApiClient
from lcm_core.cli.api.live_stream import SNAPSHOT, LiveStream, StreamEvent
from lcm_core.cli.output.printing import note, print_line
from lcm_core.cli.terminal import Output, Terminal, terminal_of

_LONGEST_DATA = 160


def events_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.callback()(_root)
    app.command()(tail)
    return app


def _root() -> None:
    # it keeps this a group, however many commands there are
    ...


def tail(
    ctx: typer.Context,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="For example lablet_session; may be repeated.")
    ] = None,
    type: Annotated[str, typer.Option("--type", help="Pattern of the type, e.g. 'lablet_session.*'.")] = "*",
    id: Annotated[str | None, typer.Option("--id", help="Only of this session, worker, …")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Go on after this event id (Last-Event-ID).")] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="End after so many.")] = None,
    output: Output = None,
) -> None:
    """Follow the live stream until Ctrl-C.

    With -o json one JSON object a line, with the id to go on after. Lost connections are made anew; nothing is told
    twice, and it is said when something may have been missed.
    """
    terminal = terminal_of(ctx, output)

    def wanted(event: StreamEvent) -> bool:
        return fnmatchcase(event.name, type) and id in (None, event.data["aggregate_id"])

    async def follow(api: ApiClient) -> None:
        told, stream = 0, LiveStream(api, tuple(kind or ()), last_id=after)
        async for event in stream.events():
            if event.name == SNAPSHOT:
                _say_beginning(terminal, event)
            elif wanted(event):
                _tell(terminal, event, stream.last_id)
                told += 1
                if count is not None and told >= count:
                    return

    terminal.run(follow)


def _say_beginning(terminal: Terminal, event: StreamEvent) -> None:
    if event.gap:
        note(terminal, Text("The server no longer knows the last event: some may be missing here.", style="yellow"))
    else:
        note(terminal, "Following; Ctrl-C ends it.")


def _tell(terminal: Terminal, event: StreamEvent, last_id: str | None) -> None:
    data = {name: value for name, value in event.data.items() if name != "row"}
    if not terminal.for_people:
        print_line(terminal, {"id": event.id, "after": last_id, **data})
        return
    told = json.dumps(event.data["data"], ensure_ascii=False)
    terminal.out.print(
        Text.assemble(
            (str(event.data["at"])[11:23], "dim"),
            " ",
            (event.name, "bold"),
            f" {event.data['aggregate_id']}",
            f"@{event.data['version']} ",
            (f"by {event.data['actor']} ", "dim"),
            told[:_LONGEST_DATA],
        )
    )
