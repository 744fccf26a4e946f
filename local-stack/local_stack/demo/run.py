"""The demo itself: fresh stack, seed, three bookings, live display, result, audit."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.live import Live

from local_stack.demo.api import DemoFailed, PublicApi
from local_stack.demo.learner import Learner
from local_stack.demo.progress import Board, summary
from local_stack.demo.seed import load_seed
from local_stack.processes import cli_environment
from local_stack.stack import LocalStack, StackNotReady

BOOKINGS = (
    ("first-hop-redundancy", {"username": "ada", "first_name": "Ada", "last_name": "Quist"}),
    ("branch-office", {"username": "ben", "first_name": "Ben", "last_name": "Okoro"}),
    ("campus-and-data-centre", {"username": "cleo", "first_name": "Cleo", "last_name": "Marsh"}),
)
DEADLINE_SECONDS = 120


def run_demo(data_folder: Path, console: Console) -> int:
    """Exit code: 0 when every booking ended with a score and the audit is clean."""
    previous = LocalStack.existing(data_folder)
    if previous is not None:
        previous.wipe()
    stack = LocalStack.prepare(data_folder)
    stop = bool(os.environ.get("LCM_DEMO_STOP"))
    try:
        stack.start()
        with console.status("Starting the stack"):
            stack.wait_ready()
        asyncio.run(_bookings(stack, console))
        _audit(stack, console)
        where = stack.plan.url("control-plane-api")
        console.print(f"Web UI: {where}" + ("" if stop else "   (make down stops the stack)"))
    except (DemoFailed, StackNotReady, httpx2.HTTPError, OSError, TimeoutError) as error:
        console.print(f"[red]The demo failed:[/] {error or type(error).__name__}\nLogs: {stack.supervisor.log_dir}")
        stop = True
        return 1
    finally:
        if stop:
            with console.status("Stopping"):
                stack.stop()
    return 0


async def _bookings(stack: LocalStack, console: Console) -> None:
    async with PublicApi(stack.plan, "seed") as admin, PublicApi(stack.plan, "lms-demo") as lms:
        definitions = await load_seed(admin)
        board = Board()
        with Live(board.render(), console=console, refresh_per_second=8, transient=False) as live:
            async with asyncio.timeout(DEADLINE_SECONDS), asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(_watch(admin, board, live))
                journeys = [
                    tasks.create_task(_journey(lms, admin, board, folder, definitions[folder], candidate))
                    for folder, candidate in BOOKINGS
                ]
                finished = [await journey for journey in journeys]
                watching.cancel()
            live.update(board.render())
        workers = {row["id"]: row for row in (await admin.get("/api/v1/workers"))["items"]}
    console.print(summary(finished, workers))


async def _watch(api: PublicApi, board: Board, live: Live) -> None:
    """Feed the board from the live stream, reconnecting for as long as the demo runs."""
    while True:
        try:
            async for event in api.stream():
                if event.name == "snapshot":
                    for row in (*event.data["sessions"], *event.data["workers"]):
                        board.apply(row)
                elif event.data.get("row") and event.data.get("kind") in ("lablet_session", "cml_worker"):
                    board.apply(event.data["row"])
                    board.last_event = f"{event.name}  {event.data['aggregate_id']}"
                live.update(board.render())
        except httpx2.HTTPError:
            await asyncio.sleep(0.2)


async def _journey(
    lms: PublicApi, admin: PublicApi, board: Board, folder: str, definition: dict[str, Any], candidate: dict[str, str]
) -> dict[str, Any]:
    """One learner from booking to score; returns the finished session."""
    booking = await lms.post(
        "/api/v1/reservations",
        {
            "definition_id": definition["id"],
            "candidate": candidate,
            "duration_minutes": 45,
            "external_id": f"demo-{folder}",
        },
        **{"Idempotency-Key": f"demo-{folder}"},
    )
    session_id = booking["session"]["id"]
    session = await _until(board, session_id, "READY")
    user_session = await admin.get(f"/api/v1/lablet-sessions/{session_id}/user-session")
    learner = Learner(session["login_url"])
    await learner.log_in()
    await _until(board, session_id, "RUNNING")
    await learner.work(folder, user_session["devices"])
    await learner.finish()
    finished = await _until(board, session_id, "TERMINATED")
    if finished["outcome"] != "completed" or finished["score"] is None:
        raise DemoFailed(
            f"{definition['name']} ended {finished['outcome']}: {finished['outcome_reason'] or 'no score'}"
        )
    return finished


async def _until(board: Board, session_id: str, status: str) -> dict[str, Any]:
    """The session's row once it has reached *status*; fails when it ends without having been there."""
    while True:
        session = board.sessions.get(session_id)
        if session is not None:
            if any(change["target"] == status for change in session["state_history"]):
                return session
            if session["status"] == "TERMINATED":
                raise DemoFailed(f"session {session_id} ended {session['outcome']}: {session['outcome_reason']}")
        await asyncio.sleep(0.02)


def _audit(stack: LocalStack, console: Console) -> None:
    console.print("[bold]lcm audit verify[/]")
    lcm = Path(sys.executable).parent / "lcm"
    result = subprocess.run(  # noqa: S603
        [str(lcm), "audit", "verify"], env={**os.environ, **cli_environment(stack.plan)}, check=False, timeout=60
    )
    if result.returncode != 0:
        raise DemoFailed(f"lcm audit verify found something wrong (exit code {result.returncode})")
