"""``lcm session follow``: the life of one session as it goes on, until it ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import UsageProblem, WaitedTooLong
from lcm_core.cli.commands.completion import complete_session
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.output.printing import facts_of, note, print_line, table_of
from lcm_core.cli.resources.cells import instant, moment, span, status
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.resources.versions import versions_of
from lcm_core.cli.terminal import Output, Terminal, terminal_of
from lcm_core.domain.enums import LabletSessionStatus

_TRACK = tuple(state.value for state in LabletSessionStatus)
_END = LabletSessionStatus.TERMINATED.value
_EXIT_OF_OUTCOME = {
    "completed": ExitCode.OK,
    "cancelled": ExitCode.CANCELLED,
    "expired": ExitCode.EXPIRED,
    "no_show": ExitCode.NO_SHOW,
}
_STEPS = (
    Column("pipeline", "pipeline"),
    Column("step", "step"),
    Column("status", "status", status),
    Column("attempts", "attempts"),
    Column("seconds", "duration_seconds"),
    Column("error", "error"),
)
_RESULT = (
    Column("outcome", "outcome", status),
    Column("reason", "outcome_reason"),
    Column("score", "score"),
    Column("of", "max_score"),
    Column("passed", "passed"),
)


def follow(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="SESSION", autocompletion=complete_session)],
    until: Annotated[str, typer.Option("--until", help="End when it has been in this state.")] = _END,
    timeout: Annotated[float | None, typer.Option("--timeout", min=0.1, help="Seconds to wait at the most.")] = None,
    output: Output = None,
) -> None:
    """Follow a session until it ends: where it is, for how long, which step it is at.

    The exit code tells the outcome: 0 completed, 1 failed, 20 cancelled, 21 expired, 22 nobody came, 8 too late.
    """
    terminal, wanted = terminal_of(ctx, output), until.upper()
    if wanted not in _TRACK:
        raise UsageProblem(f"There is no state {until!r}; there are: {', '.join(_TRACK)}.")
    session = terminal.run(lambda api: _follow(api, terminal, id, wanted, timeout))
    if session["status"] != _END:
        return
    if terminal.for_people:
        terminal.out.print(facts_of(_RESULT, session))
    if wanted != _END and not has_been(session, wanted):
        note(terminal, f"It ended without having been {wanted}.")
        raise typer.Exit(_EXIT_OF_OUTCOME.get(session["outcome"]) or ExitCode.FAILED)
    if wanted == _END:
        raise typer.Exit(_EXIT_OF_OUTCOME.get(session["outcome"], ExitCode.FAILED))


def has_been(session: Row, state: str) -> bool:
    return session["status"] == state or any(each["target"] == state for each in session["state_history"])


async def _follow(api: ApiClient, terminal: Terminal, id: str, wanted: str, timeout: float | None) -> Row:
    told = _Teller(terminal)
    session: Row | None = None
    try:
        async with asyncio.timeout(timeout):
            with told:
                async for session in versions_of(api, "lablet_session", "/api/v1/lablet-sessions", id):
                    told.show(session)
                    if has_been(session, wanted) or session["status"] == _END:
                        return session
    except TimeoutError:
        where = session["status"] if session is not None else "unknown"
        raise WaitedTooLong(f"Session {id} was not {wanted} within {timeout:g} s; it is {where}.") from None
    raise AssertionError("the stream of versions has no end of its own")


class _Teller:
    """Redraws a display at a terminal; elsewhere says each state and each step once, one a line."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._session: Row | None = None
        self._said: set[tuple[str, ...]] = set()
        # it asks for its first picture while it is made
        self._live = (
            Live(console=terminal.out, refresh_per_second=4, get_renderable=self._draw) if terminal.live else None
        )

    def __enter__(self) -> None:
        if self._live is not None:
            self._live.start()

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, session: Row) -> None:
        self._session = session
        if self._live is not None:
            self._live.refresh()
        elif self._terminal.for_people:
            self._say_news(session)
        else:
            print_line(self._terminal, session)

    def _draw(self) -> Group:
        return Group(*display(self._session)) if self._session is not None else Group()

    def _say_news(self, session: Row) -> None:
        for change in session["state_history"]:
            self._say_once(
                ("state", change["at"], change["target"]),
                f"{moment(change['at'])} {change['target']} {change['reason']}",
            )
        for step in session["steps"]:
            fact = ("step", step["pipeline"], step["step"], step["status"], str(step["attempts"]))
            if step["status"] != "pending":
                self._say_once(fact, f"  {step['pipeline']}/{step['step']} {step['status']} {step.get('error') or ''}")

    def _say_once(self, fact: tuple[str, ...], line: str) -> None:
        if fact not in self._said:
            self._said.add(fact)
            self._terminal.out.print(Text(line.rstrip()))


def display(session: Row) -> list[Text | Table]:
    """Heading, track with the time in each state, steps."""
    heading = Text.assemble(
        (f"{session['definition_name']} ", "bold"), f"for {session['candidate']['username']}  ", (session["id"], "dim")
    )
    why = Text(session.get("pending_reason") or "", style="yellow")
    return [heading, track(session), why, table_of(_STEPS, session["steps"])]


def track(session: Row) -> Table:
    """One column for each state; under it how long the session has been there."""
    seconds = seconds_by_state(session)
    table = Table(box=None, pad_edge=False)
    for state in _TRACK:
        style = "bold green" if state == session["status"] else "" if state in seconds else "dim"
        table.add_column(Text(state, style=style))
    table.add_row(*(span(seconds[state]) if state in seconds else "" for state in _TRACK))
    return table


def seconds_by_state(session: Row) -> dict[str, float]:
    """Time in each state so far; nothing for one that it passed by, and for its end."""
    entered = [(each["target"], instant(each["at"])) for each in session["state_history"]]
    left = [moment for _, moment in entered[1:]] + [datetime.now(UTC)]
    found: dict[str, float] = {}
    for (state, since), until in zip(entered, left, strict=True):
        if since is not None and until is not None and state != _END:
            found[state] = found.get(state, 0.0) + (until - since).total_seconds()
    return found
