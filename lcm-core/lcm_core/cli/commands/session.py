"""``lcm session``: follow one; put right what went wrong with one, or with many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from lcm_core.cli.commands.acting import act
from lcm_core.cli.commands.completion import complete_session, complete_worker
from lcm_core.cli.commands.session_bulk import bulk_retry, bulk_terminate
from lcm_core.cli.commands.session_follow import follow
from lcm_core.cli.terminal import Output, Reason, Yes, terminal_of

ROUTE = "/api/v1/lablet-sessions"
Id = Annotated[str, typer.Argument(metavar="SESSION", autocompletion=complete_session)]
Step = Annotated[str | None, typer.Option("--step", help="The one that it is at, when left out.")]
Pipeline = Annotated[str | None, typer.Option("--pipeline", help="instantiate, collect, grade or teardown.")]
WorkerId = Annotated[
    str | None, typer.Option("--worker", help="Only if it is on that worker.", autocompletion=complete_worker)
]


@dataclass(frozen=True, slots=True)
class SimpleAction:
    """An action that takes a reason and nothing else. *question* is asked where it destroys something."""

    name: str
    help: str
    question: str | None = None


SIMPLE_ACTIONS = (
    SimpleAction("recollect", "Collect the evidence again from the devices."),
    SimpleAction("regrade", "Grade the kept evidence again."),
    SimpleAction("collect-and-grade", "Collect and grade now; the session goes on afterwards as it would have."),
    SimpleAction("skip-grading", "Let the session end without a (further) score.", "End session {id} without a score?"),
)


def session_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command()(follow)
    for action in SIMPLE_ACTIONS:
        app.command(action.name, help=action.help)(_simple(action))
    app.command("re-place")(re_place)
    app.command()(assign)
    app.command("retry-step")(retry_step)
    app.command("skip-step")(skip_step)
    app.command()(detach)
    app.command()(transition)
    app.command()(terminate)
    app.command("bulk-retry")(bulk_retry)
    app.command("bulk-terminate")(bulk_terminate)
    return app


def _simple(action: SimpleAction) -> Any:
    def run(ctx: typer.Context, id: Id, reason: Reason, yes: Yes = False, output: Output = None) -> None:
        ask = action.question.format(id=id) if action.question else None
        act(terminal_of(ctx, output), f"{ROUTE}/{id}/{action.name}", {"reason": reason}, ask=ask, yes=yes)

    return run


def _body(**fields: Any) -> dict[str, Any]:
    """What was given; the API knows what to do without the rest."""
    return {name: value for name, value in fields.items() if value is not None}


def re_place(
    ctx: typer.Context, id: Id, reason: Reason, worker: WorkerId = None, yes: Yes = False, output: Output = None
) -> None:
    """Give a session that has not begun another worker."""
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/re-place",
        _body(reason=reason, worker_id=worker),
        ask=f"Take session {id} off its worker and place it anew?",
        yes=yes,
    )


def assign(
    ctx: typer.Context,
    id: Id,
    reason: Reason,
    worker: Annotated[str, typer.Option("--worker", help="The worker it is to have.", autocompletion=complete_worker)],
    override: Annotated[bool, typer.Option("--override", help="Set aside what is a matter of judgement.")] = False,
    output: Output = None,
) -> None:
    """Put a session that has not begun on the worker that is named."""
    body = {"worker_id": worker, "reason": reason, "override": override}
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/assign", body)


def retry_step(
    ctx: typer.Context, id: Id, reason: Reason, step: Step = None, pipeline: Pipeline = None, output: Output = None
) -> None:
    """Try a step of the pipeline again now, as if it had never been tried."""
    act(terminal_of(ctx, output), f"{ROUTE}/{id}/retry-step", _body(reason=reason, step=step, pipeline=pipeline))


def skip_step(
    ctx: typer.Context,
    id: Id,
    reason: Reason,
    step: Annotated[str, typer.Option("--step")],
    pipeline: Pipeline = None,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Go on without a step. Only steps that say of themselves that they may be skipped."""
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/skip-step",
        _body(reason=reason, step=step, pipeline=pipeline),
        ask=f"Go on with session {id} without step {step}?",
        yes=yes,
    )


def detach(
    ctx: typer.Context,
    id: Id,
    reason: Reason,
    worker: WorkerId = None,
    declare_dead: Annotated[
        bool, typer.Option("--declare-dead", help="Take your word for it that the host is dead.")
    ] = False,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Take a session off a worker whose host is dead, and place it anew."""
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/detach",
        _body(reason=reason, worker_id=worker, declare_dead=declare_dead),
        ask=f"Take session {id} off its worker? What is on that host is given up.",
        yes=yes,
    )


def transition(
    ctx: typer.Context,
    id: Id,
    reason: Reason,
    to: Annotated[str, typer.Option("--to", help="The state, e.g. STOPPING.")],
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Force a transition; one that the state machine does not have is refused."""
    act(
        terminal_of(ctx, output),
        f"{ROUTE}/{id}/transition",
        {"target": to.upper(), "reason": reason},
        ask=f"Force session {id} to {to.upper()}?",
        yes=yes,
    )


def terminate(ctx: typer.Context, id: Id, reason: Reason, yes: Yes = False, output: Output = None) -> None:
    """End a session: stop the lab, wipe it, give the room back."""
    from lcm_core.cli.commands.acting import show_answer

    terminal = terminal_of(ctx, output)
    terminal.confirm(f"Terminate session {id}?", yes)
    show_answer(terminal, terminal.run(lambda api: api.delete(f"{ROUTE}/{id}", reason=reason)))
