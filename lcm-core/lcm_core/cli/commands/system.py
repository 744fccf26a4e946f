"""``lcm system``: how everything is; etcd and projections made again by the server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.progress import Progress

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import WaitedTooLong
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.output.printing import note, print_data, table_of
from lcm_core.cli.resources.cells import at
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Output, Reason, Terminal, Yes, terminal_of

_ROUTE = "/api/v1/system"
_LOOK_SECONDS = 1.0
_SERVICES = (
    Column("service", "service"),
    Column("version", "version"),
    Column("ready", "ready"),
    Column("leads", "leader"),
    Column("instance", "instance"),
    Column("problem", "problem"),
)
Wait = Annotated[bool, typer.Option("--wait", help="Stay until it is done.")]
Timeout = Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait at the most.")]


def system_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command()(status)
    app.command("rebuild-etcd")(rebuild_etcd)
    app.command("rebuild-projections")(rebuild_projections)
    return app


def status(ctx: typer.Context, output: Output = None) -> None:
    """Version and health of every service; exit code 1 when one is not ready."""
    terminal = terminal_of(ctx, output)
    found = terminal.run(lambda api: api.get(_ROUTE))
    if terminal.for_people:
        terminal.out.print(table_of(_SERVICES, found["services"]))
    else:
        print_data(terminal, found)
    if not found["ready"]:
        raise typer.Exit(ExitCode.FAILED)


def rebuild_etcd(
    ctx: typer.Context,
    reason: Reason,
    wait: Wait = False,
    timeout: Timeout = 3600.0,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Have the server publish every key anew. Without the API: `lcm etcd rebuild`."""
    terminal = terminal_of(ctx, output)
    terminal.confirm("Publish everything in etcd anew?", yes)
    _start(terminal, "rebuild-etcd", {"reason": reason}, timeout if wait else None)


def rebuild_projections(
    ctx: typer.Context,
    reason: Reason,
    collection: Annotated[
        list[str] | None, typer.Option("--collection", help="Only this one; may be repeated.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of going on.")] = False,
    wait: Wait = False,
    timeout: Timeout = 3600.0,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Have the server make the current state again from the log. Without the API: `lcm projections rebuild`."""
    terminal = terminal_of(ctx, output)
    terminal.confirm("Make the current state again from the log?", yes)
    body = {"reason": reason, "collections": collection or [], "fresh": fresh}
    _start(terminal, "rebuild-projections", body, timeout if wait else None)


def _start(terminal: Terminal, job: str, body: Mapping[str, Any], wait_seconds: float | None) -> None:
    async def work(api: ApiClient) -> Row:
        started = await api.post(f"{_ROUTE}/{job}", body)
        return started if wait_seconds is None else await _finished(api, terminal, job, wait_seconds)

    answer = terminal.run(work)
    if not terminal.for_people:
        print_data(terminal, answer)
    note(terminal, f"{job} is {answer.get('status', 'asked for')}.")
    if answer.get("status") == "FAILED":
        raise typer.Exit(ExitCode.FAILED)


async def _finished(api: ApiClient, terminal: Terminal, job: str, seconds: float) -> Row:
    with Progress(console=terminal.err, disable=not terminal.err.is_terminal) as bar:
        task = bar.add_task(job, total=None)
        try:
            async with asyncio.timeout(seconds):
                while (found := await api.get(f"{_ROUTE}/{job}"))["status"] == "RUNNING":
                    total, done = at(found, "progress.total"), at(found, "progress.done") or 0
                    bar.update(
                        task, description=at(found, "progress.stage") or job, total=total or None, completed=done
                    )
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise WaitedTooLong(f"{job} was not done within {seconds:g} s; it goes on at the server.") from None
    return found
