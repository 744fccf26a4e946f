"""``lcm audit``: prove the log, and read the history of one thing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lcm_core.cli.failures import EXIT_FAILED
from lcm_core.cli.log_context import OpenLog, progress_bar
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import Conflict, NotFound
from lcm_core.eventstore.anchor_check import check_anchors
from lcm_core.eventstore.audit import verify_stream, verify_streams
from lcm_core.eventstore.audit_report import AuditReport
from lcm_core.eventstore.stream_reader import read_commits, stream_length

AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
ShownFindings = Annotated[int, typer.Option("--show", min=1, help="How many findings to print.")]
Expected = Annotated[str, typer.Option("--fingerprint", help="Fail unless all stream heads give this fingerprint.")]
OneStream = Annotated[str, typer.Option("--stream", help="Check this stream alone, for example lablet_session-01J…")]
Anchors = Annotated[
    bool, typer.Option("--anchors", help="Also prove that every head that was ever anchored still stands.")
]
Stream = Annotated[str, typer.Argument(help="For example lablet_session-01J…")]


def audit_app(open_log: OpenLog) -> typer.Typer:
    """``verify`` and ``show`` on the log that *open_log* opens."""
    app = typer.Typer(no_args_is_help=True)

    @app.command()
    def verify(
        as_json: AsJson = False,
        show: ShownFindings = 50,
        fingerprint: Expected = "",
        stream: OneStream = "",
        anchors: Anchors = False,
    ) -> None:
        """Replay every stream and check it: chains, stored states, and rules across aggregates.

        Exit code 1 when anything is not as it must be.
        """
        report = asyncio.run(_verify(open_log, stream, anchors))
        if as_json:
            typer.echo(json.dumps(asdict(report), indent=2))
        else:
            _print_report(Console(), report, show)
        if fingerprint and fingerprint != report.fingerprint:
            Console(stderr=True).print("[red]The fingerprint is another one: history was rewritten or has grown.[/red]")
            raise typer.Exit(EXIT_FAILED)
        if not report.clean:
            raise typer.Exit(EXIT_FAILED)

    @app.command()
    def show(stream: Stream) -> None:
        """Every commit of one stream: when, who, what, why."""
        _print_history(Console(), asyncio.run(_history(open_log, stream)))

    return app


async def _verify(open_log: OpenLog, stream: str, anchors: bool) -> AuditReport:
    async with open_log() as log:
        if anchors and log.anchors is None:
            raise Conflict("The log is not anchored: the settings name no bucket for anchors.", code="not-anchored")
        with progress_bar(Console(stderr=True)) as progress:
            if stream:
                report = await verify_stream(log.db, log.registry, log.aggregates, stream)
            else:
                report = await verify_streams(log.db, log.registry, log.aggregates, log.invariants, progress)
            if anchors and log.anchors is not None:
                report.take_in(await check_anchors(log.db, log.anchors, progress))
        return report


async def _history(open_log: OpenLog, stream: str) -> list[Commit]:
    async with open_log() as log:
        commits = await read_commits(log.db, stream, last=await stream_length(log.db, log.aggregates, stream))
    if not commits:
        raise NotFound("stream", stream)
    return commits


def _print_report(console: Console, report: AuditReport, shown: int) -> None:
    if report.findings:
        table = Table("stream", "version", "finding", "what is wrong", title=f"{len(report.findings)} findings")
        for finding in report.findings[:shown]:
            label = finding.invariant or str(finding.kind)
            table.add_row(finding.stream, str(finding.version or ""), label, finding.message)
        console.print(table)
        if len(report.findings) > shown:
            console.print(f"… and {len(report.findings) - shown} more; --show prints them.")
    verdict = "[bold green]clean[/bold green]" if report.clean else "[bold red]NOT clean[/bold red]"
    console.print(
        f"{verdict}: {report.streams} streams, {report.commits} commits, {report.events} events; "
        f"invariants: {', '.join(report.invariants) or 'none'}; anchors: {report.anchors or 'none'}",
        highlight=False,
    )
    console.print(f"fingerprint {report.fingerprint}", highlight=False, soft_wrap=True)


def _print_history(console: Console, commits: list[Commit]) -> None:
    table = Table("version", "at", "who", "events", "why", "correlation")
    for commit in commits:
        events = "\n".join(f"{event.type} {json.dumps(event.data)}" for event in commit.events)
        who = commit.metadata.actor
        if commit.metadata.leader_service:
            who += f"\n({commit.metadata.leader_service} epoch {commit.metadata.leader_epoch})"
        at = commit.at.isoformat(timespec="milliseconds")
        reason = commit.metadata.reason or ""
        table.add_row(str(commit.version), at, who, events, reason, commit.metadata.correlation_id)
    console.print(table)
