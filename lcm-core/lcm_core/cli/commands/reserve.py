"""``lcm reserve``: one lab, or one for each seat of a class; the answer is binding."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.text import Text

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import ApiProblem, UsageProblem
from lcm_core.cli.commands.completion import complete_definition
from lcm_core.cli.commands.definitions_by_name import definition_id_of
from lcm_core.cli.commands.wanted_time import NOW, wanted_time
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.output.printing import facts_of, note, print_data, table_of
from lcm_core.cli.resources.cells import counts, moment, status
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Output, Terminal, terminal_of

_ROUTE = "/api/v1/reservations"
_ANSWER = (
    Column("reservation", "reservation.id"),
    Column("session", "session.id"),
    Column("learner", "reservation.candidate.username"),
    Column("start", "reservation.timeslot.start", moment),
    Column("end", "reservation.timeslot.end", moment),
    Column("room", "guarantee.kind"),
    Column("worker", "guarantee.worker_id"),
    Column("worker is", "guarantee.worker_status", status),
    Column("ready by", "guarantee.ready_by", moment),
)
_SLOTS = (Column("start", "start", moment), Column("end", "end", moment))
_REFUSED = (
    Column("learner", "candidate.username"),
    Column("why", "message"),
    Column("counts", "reason_counts", counts),
)


class Mode(StrEnum):
    ALL_OR_NOTHING = "all_or_nothing"
    BEST_EFFORT = "best_effort"


class Priority(StrEnum):
    EXAM = "exam"
    CLASS = "class"
    SELF_STUDY = "self_study"


def reserve_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(reserve)
    return app


def reserve(
    ctx: typer.Context,
    definition: Annotated[
        str, typer.Argument(help="Id, or name for its newest active version.", autocompletion=complete_definition)
    ],
    candidate: Annotated[
        list[str], typer.Option("--candidate", "-c", help="User name of the learner; repeat it for several.")
    ],
    seats: Annotated[
        int | None,
        typer.Option("--seats", min=1, max=200, help="A class of so many: NAME-1 … NAME-N of one candidate."),
    ] = None,
    at: Annotated[str, typer.Option("--at", help='now, "2026-12-01 09:00", or an instant with its offset.')] = NOW,
    tz: Annotated[str | None, typer.Option("--tz", help="Time zone of --at, for example Europe/Berlin.")] = None,
    duration: Annotated[int, typer.Option("--duration", "-d", min=1, help="Minutes.")] = 60,
    priority: Annotated[Priority, typer.Option("--priority")] = Priority.SELF_STUDY,
    mode: Annotated[
        Mode, typer.Option("--mode", help="For a class: all seats, or as many as fit.")
    ] = Mode.ALL_OR_NOTHING,
    external_id: Annotated[str | None, typer.Option("--external-id", help="Your reference for it.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="Idempotency key; a new one when left out.")] = None,
    output: Output = None,
) -> None:
    """Book a lab, or one for each seat of a class.

    The answer is binding: room is held, or it says why nobody can hold it, and when somebody could.
    """
    terminal = terminal_of(ctx, output)
    learners = _learners(candidate, seats)
    terms = {**wanted_time(at, tz), "duration_minutes": duration, "priority": priority.value}
    key = key or uuid4().hex
    note(terminal, Text.assemble(("idempotency key ", "dim"), key))

    async def book(api: ApiClient) -> Row:
        body: dict[str, Any] = {"definition_id": await definition_id_of(api, definition), **terms}
        if len(learners) == 1 and seats is None:
            reference = {"external_id": external_id} if external_id else {}
            return await api.post(_ROUTE, {**body, "candidate": {"username": learners[0]}, **reference}, key=key)
        return await api.post(
            f"{_ROUTE}/batch", {**body, "seats": _seats(learners, external_id), "mode": mode}, key=key
        )

    try:
        answer = terminal.run(book)
    except ApiProblem as problem:
        _show_refusal(terminal, problem)
        raise
    _show(terminal, answer)
    if answer.get("refused"):
        raise typer.Exit(ExitCode.FAILED)


def _learners(names: list[str], seats: int | None) -> list[str]:
    if seats is None:
        return names
    if len(names) == 1:
        return [f"{names[0]}-{number}" for number in range(1, seats + 1)]
    if len(names) != seats:
        raise UsageProblem(f"{len(names)} candidates for {seats} seats: name one, or one for each seat.")
    return names


def _seats(learners: list[str], external_id: str | None) -> list[dict[str, Any]]:
    return [
        {"candidate": {"username": name}, **({"external_id": f"{external_id}-{name}"} if external_id else {})}
        for name in learners
    ]


def _show(terminal: Terminal, answer: Row) -> None:
    if not terminal.for_people:
        print_data(terminal, answer)
        return
    if "accepted" not in answer:
        terminal.out.print(facts_of(_ANSWER, answer))
        note(terminal, f"Follow it with: lcm session follow {answer['session']['id']}")
        return
    terminal.out.print(table_of(_ANSWER, answer["accepted"], title=f"Batch {answer['batch_id']}"))
    if answer.get("refused"):
        terminal.out.print(table_of(_REFUSED, answer["refused"], title=f"{len(answer['refused'])} seats refused"))
        _show_alternatives(terminal, answer.get("alternatives"))


def _show_refusal(terminal: Terminal, problem: ApiProblem) -> None:
    """Reasons with counts and alternatives, above the message that ends the command."""
    facts: dict[str, Any] = dict(problem.facts)
    if not terminal.for_people:
        print_data(terminal, {"code": problem.code, "detail": problem.message, **facts})
        return
    if facts.get("reason_counts"):
        terminal.out.print(Text.assemble(("Refused by ", "bold"), counts(facts["reason_counts"])))
    if facts.get("refused"):
        terminal.out.print(table_of(_REFUSED, facts["refused"]))
    _show_alternatives(terminal, facts.get("alternatives"))


def _show_alternatives(terminal: Terminal, slots: Any) -> None:
    if slots:
        terminal.out.print(table_of(_SLOTS, slots, title="It would be accepted at"))
