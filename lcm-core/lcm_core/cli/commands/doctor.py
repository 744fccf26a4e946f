"""``lcm doctor``: everything that LCM needs, looked at from here, with what to do about each failure."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import typer
from rich.table import Table
from rich.text import Text

from lcm_core.cli.api.client import ApiClient
from lcm_core.cli.checks import access, services, work
from lcm_core.cli.checks.findings import Check, Finding, Patient, Verdict, findings_of
from lcm_core.cli.output.printing import note, print_data
from lcm_core.cli.terminal import Output, Terminal, open_issuer, terminal_of

_SIGNS = {Verdict.OK: ("ok", "green"), Verdict.WARNING: ("warning", "yellow"), Verdict.FAILED: ("FAILED", "bold red")}
_CHECK_SECONDS = 60
_CHECKS: tuple[tuple[str, Check], ...] = (
    ("issuer", access.issuer_answers),
    ("sign-in", access.signed_in),
    ("clock", access.clock_agrees),
    ("API certificate", access.api_certificate_lasts),
    ("issuer certificate", access.issuer_certificate_lasts),
    ("dependencies", services.dependencies_healthy),
    ("services", services.services_healthy),
    ("versions", services.versions_agree),
    ("leader", services.leaders_present),
    ("inbound events", work.events_are_applied),
    ("sessions", work.sessions_have_room),
    ("dead letters", work.no_dead_letters),
    ("workers", work.workers_well),
)
"""In the order in which they are shown."""


def doctor_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(doctor)
    return app


def doctor(ctx: typer.Context, output: Output = None) -> None:
    """Check everything that LCM needs, and say for each failure what to do.

    Exit code 0 when all is well, 1 with warnings, 2 when something does not work.
    """
    terminal = terminal_of(ctx, output)
    findings = terminal.run(lambda api: _look(api, terminal))
    worst = max((list(Verdict).index(each.verdict) for each in findings), default=0)
    if terminal.for_people:
        terminal.out.print(_report(findings))
        note(terminal, ("All is well.", "There are warnings.", "Something does not work.")[worst])
    else:
        print_data(terminal, {"verdict": list(Verdict)[worst].value, "findings": [asdict(each) for each in findings]})
    raise typer.Exit(worst)


async def _look(api: ApiClient, terminal: Terminal) -> list[Finding]:
    """All at once, each with a deadline; told in their order."""
    context = terminal.context
    async with open_issuer(context) as issuer:
        patient = Patient(context, api, issuer)

        with terminal.err.status(f"Looking at {context.url}"):
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(findings_of(name, check, patient, _CHECK_SECONDS)) for name, check in _CHECKS
                ]
    return [finding for task in tasks for finding in task.result()]


def _report(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in findings:
        sign, style = _SIGNS[each.verdict]
        told = Text(each.told)
        if each.do:
            told.append(f"\n→ {each.do}", style="italic")
        table.add_row(Text(sign, style=style), each.check, told)
    return table
