"""``lcm worker drain``: nothing new, what is there may end; with ``--wait`` until it stands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import WaitedTooLong
from lcm_core.cli.commands.acting import show_answer
from lcm_core.cli.commands.completion import complete_worker
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.output.printing import note, print_data
from lcm_core.cli.resources.cells import instant
from lcm_core.cli.resources.versions import versions_of
from lcm_core.cli.terminal import Output, Reason, Terminal, Yes, terminal_of

_STANDS = frozenset({"STOPPED", "TERMINATED", "FAILED"})
_BEYOND_DEADLINE_SECONDS = 300.0
_USUAL_WAIT_SECONDS = 4 * 3600.0


def drain(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="WORKER", autocompletion=complete_worker)],
    reason: Reason,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until it stands.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", min=0.1, help="Seconds to wait; five minutes beyond the worker's own deadline else."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Even while sessions are live or imminent on it.")] = False,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Give it nothing new, let its sessions end, then stop it.

    With --wait: exit code 0 when it stands, 1 when it failed or serves again, 8 when the deadline passed.
    """
    terminal = terminal_of(ctx, output)
    if force:
        terminal.confirm(f"Drain worker {id} although sessions may suffer?", yes)
    body = {"reason": reason, "force": force}
    answer = terminal.run(lambda api: api.post(f"/api/v1/workers/{id}/drain", body))
    if not wait:
        show_answer(terminal, answer)
        return
    worker = terminal.run(lambda api: _wait(api, terminal, answer, timeout or _seconds_left(answer)))
    if not terminal.for_people:
        print_data(terminal, worker)
    note(terminal, f"Worker {id} is {worker['status']}.")
    if worker["status"] not in ("STOPPED", "TERMINATED"):
        raise typer.Exit(ExitCode.FAILED)


def _seconds_left(worker: Row) -> float:
    deadline = instant(worker.get("drain_deadline_at"))
    if deadline is None:
        return _USUAL_WAIT_SECONDS
    return max((deadline - datetime.now(UTC)).total_seconds(), 0) + _BEYOND_DEADLINE_SECONDS


async def _wait(api: ApiClient, terminal: Terminal, worker: Row, seconds: float) -> Row:
    """*worker* as it was answered when it was told to drain: it is that until something newer is heard."""
    id = str(worker["id"])
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("sessions ended"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=terminal.err, disable=not terminal.err.is_terminal) as bar:
        task = bar.add_task("DRAINING", total=None)
        most = 0
        try:
            async with asyncio.timeout(seconds):
                async for worker in versions_of(api, "cml_worker", "/api/v1/workers", id):
                    left = len(worker["allocations"])
                    most = max(most, left)
                    bar.update(task, description=worker["status"], total=max(most, 1), completed=max(most, 1) - left)
                    if worker["status"] in _STANDS or worker["desired_status"] == "RUNNING":
                        return worker
        except TimeoutError:
            left = len(worker["allocations"])
            raise WaitedTooLong(
                f"Worker {id} did not stand within {seconds:g} s; it is {worker['status']} with {left} sessions."
            ) from None
    raise AssertionError("the stream of versions has no end of its own")
