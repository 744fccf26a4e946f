"""What the commands on the event log need, and a progress bar for them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.events import EventRegistry
from lcm_core.eventstore.anchor import AnchorStore
from lcm_core.eventstore.audit_report import Invariant
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.progress import Progress, Step


@dataclass(frozen=True, slots=True)
class LogContext:
    """An open database and what its log is made of. Invariants keep what they observe: make new ones per run."""

    db: Database
    registry: EventRegistry
    aggregates: Sequence[type[AnyAggregate]]
    invariants: Sequence[Invariant] = ()
    anchors: AnchorStore | None = None
    """Where the log is anchored; None when it is not."""


OpenLog = Callable[[], AbstractAsyncContextManager[LogContext]]
"""Reads the settings, connects, and disconnects at the end of the block."""


@contextlib.contextmanager
def progress_bar(console: Console) -> Generator[Progress]:
    """One bar per stage; silent where *console* is no terminal."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        stages: dict[str, TaskID] = {}

        def show(step: Step) -> None:
            if step.stage not in stages:
                stages[step.stage] = bar.add_task(step.stage, total=step.total)
            bar.update(stages[step.stage], completed=step.done, total=step.total)

        yield show
