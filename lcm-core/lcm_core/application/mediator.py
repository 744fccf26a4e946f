"""Finds the handler of a command or a query, and runs it as it must be run.

A command runs in a unit of work that is committed when the handler returns. When somebody else was faster, or the
database was away for a moment, the whole handler runs again on fresh state; so a handler keeps its hands off the
outside world and does nothing but read, decide and record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, cast

import structlog
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from lcm_core.application.context import CommandContext
from lcm_core.application.measures import measured
from lcm_core.application.retry import Attempts, RetryPolicy
from lcm_core.application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from lcm_core.domain.commit import Commit

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Command(Generic[R]):
    """Base of every command; R is what its handler answers. Subclasses are frozen dataclasses or models."""


class Query(Generic[R]):
    """Base of every query; R is its answer."""


C_contra = TypeVar("C_contra", bound=Command[Any], contravariant=True)
Q_contra = TypeVar("Q_contra", bound=Query[Any], contravariant=True)


class CommandHandler(Protocol[C_contra, R_co]):
    async def handle(self, command: C_contra, uow: UnitOfWork, ctx: CommandContext) -> R_co:
        """Load, decide, record. The unit of work is committed by the mediator; ``ctx.at`` is set."""
        ...


class QueryHandler(Protocol[Q_contra, R_co]):
    async def handle(self, query: Q_contra) -> R_co: ...


AfterCommit = Callable[[Sequence[Commit]], None]
"""Told of every commit after it happened, before the command is answered: wakes somebody up, and returns at once."""

_log = structlog.stdlib.get_logger(__name__)
_tracer = trace.get_tracer("lcm_core.mediator")
_propagator = TraceContextTextMapPropagator()


class Mediator:
    """*clock* answers the time in UTC."""

    def __init__(
        self,
        units_of_work: UnitOfWorkFactory,
        *,
        clock: Callable[[], datetime],
        after_commit: Sequence[AfterCommit] = (),
        retry: RetryPolicy | None = None,
    ) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._after_commit = list(after_commit)
        self._attempts = Attempts(retry or RetryPolicy())
        self._commands: dict[type[Command[Any]], CommandHandler[Any, Any]] = {}
        self._queries: dict[type[Query[Any]], QueryHandler[Any, Any]] = {}

    def register_command(self, command: type[C_contra], handler: CommandHandler[C_contra, Any]) -> None:
        if command in self._commands:
            raise TypeError(f"{command.__name__} has two handlers")
        self._commands[command] = handler

    def register_query(self, query: type[Q_contra], handler: QueryHandler[Q_contra, Any]) -> None:
        if query in self._queries:
            raise TypeError(f"{query.__name__} has two handlers")
        self._queries[query] = handler

    def after_commit(self, hook: AfterCommit) -> None:
        """Add a hook; for what is built after the mediator."""
        self._after_commit.append(hook)

    @property
    def commands(self) -> frozenset[type[Command[Any]]]:
        return frozenset(self._commands)

    @property
    def queries(self) -> frozenset[type[Query[Any]]]:
        return frozenset(self._queries)

    async def execute(self, command: Command[R], ctx: CommandContext) -> R:
        """Run *command* to its commit and answer what its handler answered.

        Raises whatever the handler raises, with nothing written; VersionConflict when others kept being faster;
        StoreUnavailable or CommitOutcomeUnknown when the database stayed away.
        """
        handler = self._commands.get(type(command))
        if handler is None:
            raise TypeError(f"no handler is registered for {type(command).__name__}")
        name = type(command).__name__
        with _tracer.start_as_current_span(f"command {name}"), measured("command", name):
            ctx = ctx if ctx.traceparent else replace(ctx, traceparent=current_traceparent())
            answer = await self._attempts.run(name, lambda: self._once(handler, command, ctx))
            return cast(R, answer)

    async def query(self, query: Query[R]) -> R:
        handler = self._queries.get(type(query))
        if handler is None:
            raise TypeError(f"no handler is registered for {type(query).__name__}")
        name = type(query).__name__
        with _tracer.start_as_current_span(f"query {name}"), measured("query", name):
            answer: Awaitable[R] = handler.handle(query)
            return await answer

    async def _once(self, handler: CommandHandler[Any, Any], command: Command[Any], ctx: CommandContext) -> Any:
        timed = ctx if ctx.at else replace(ctx, at=self._clock())
        uow = self._units_of_work(timed)
        answer = await handler.handle(command, uow, timed)
        commits = await uow.commit()
        if commits:
            self._tell(commits)
        return answer

    def _tell(self, commits: Sequence[Commit]) -> None:
        for hook in self._after_commit:
            try:
                hook(commits)
            except Exception:  # noqa: BLE001 - the command is done; sweeps deliver what a hook has missed
                _log.exception("after-commit hook failed", hook=repr(hook), commits=[commit.id for commit in commits])


def current_traceparent() -> str | None:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")
