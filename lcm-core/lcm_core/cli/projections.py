"""``lcm projections``: make the current-state collections again from the log."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lcm_core.cli.failures import EXIT_FAILED
from lcm_core.cli.log_context import LogContext, OpenLog, progress_bar
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.eventstore.rebuild import CollectionReport, rebuild_projections

Fresh = Annotated[bool, typer.Option("--fresh", help="Start over instead of going on where an earlier run stopped.")]
Only = Annotated[list[str] | None, typer.Option("--collection", help="Only this collection; may be given repeatedly.")]

_RESTART = (
    "Documents were put right past the running services, which may keep in memory what stood there before. "
    "Restart every instance of control-plane-api now."
)


def projections_app(open_log: OpenLog) -> typer.Typer:
    """``rebuild`` on the log that *open_log* opens."""
    app = typer.Typer(no_args_is_help=True)

    @app.callback()
    def root() -> None:
        # it keeps this a group, although there is one command
        ...

    @app.command()
    def rebuild(fresh: Fresh = False, collection: Only = None) -> None:
        """Replay every stream and put right every document that differs. Interrupt it at will: it goes on there.

        Services may run meanwhile, and keep what they have read: it says so when they are to be restarted. They need
        not be after `lcm system rebuild-projections`, which asks control-plane-api.
        Exit code 1 when a stream could not be replayed; its document is left alone.
        """
        reports = asyncio.run(_rebuild(open_log, collection or [], fresh))
        _print_reports(Console(), reports)
        if any(report.rewritten or report.removed for report in reports):
            Console(stderr=True).print(_RESTART)
        if any(report.failures for report in reports):
            raise typer.Exit(EXIT_FAILED)

    return app


async def _rebuild(open_log: OpenLog, only: list[str], fresh: bool) -> list[CollectionReport]:
    async with open_log() as log:
        _refuse_unknown(log, only)
        wanted = [aggregate for aggregate in log.aggregates if not only or aggregate.collection in only]
        with progress_bar(Console(stderr=True)) as progress:
            return await rebuild_projections(log.db, log.registry, wanted, progress, fresh=fresh)


def _refuse_unknown(log: LogContext, only: list[str]) -> None:
    known = sorted(aggregate.collection for aggregate in log.aggregates)
    unknown = [name for name in only if name not in known]
    if unknown:
        told = f"there is no collection {', '.join(unknown)}; known are {', '.join(known)}"
        raise InvalidInput([InputProblem("--collection", told)], what="command")


def _print_reports(console: Console, reports: list[CollectionReport]) -> None:
    table = Table("collection", "streams", "put right", "removed", "failed", "went on after")
    for report in reports:
        failed = len({finding.stream for finding in report.failures})
        row = (report.streams, report.rewritten, report.removed, failed)
        table.add_row(report.collection, *map(str, row), report.resumed_after or "")
    console.print(table)
    for report in reports:
        for finding in report.failures:
            console.print(f"[red]{finding.stream}@{finding.version}[/red] {finding.message}", highlight=False)
