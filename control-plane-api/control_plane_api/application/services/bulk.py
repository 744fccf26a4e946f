"""One command on each of many sessions: each by itself, so that what one refuses stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from control_plane_api.application.paging import Position
from control_plane_api.application.queries.find_bulk_sessions_query import FindBulkSessionsQuery
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command, Mediator
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import BulkAnswer, BulkOutcome, BulkProblem, BulkRequest, BulkResult
from lcm_core.domain.errors import LcmError, NotFound
from lcm_core.domain.read_models import LabletSessionReadModel

_AT_ONE_TIME = 4

CommandFor = Callable[[str], Command[Applied]]


async def carry_out(mediator: Mediator, request: BulkRequest, command: CommandFor, ctx: CommandContext) -> BulkAnswer:
    """Every session of *request* has its result, those that could not be had included."""
    meant = await mediator.query(FindBulkSessionsQuery(request))
    unknown = tuple(_refused(id, None, NotFound("lablet session", id)) for id in meant.unknown)
    if request.dry_run:
        would = tuple(_result(row, BulkOutcome.WOULD_DO) for row in meant.found)
        return _answer(request, (*would, *unknown), meant.next)
    slots = asyncio.Semaphore(_AT_ONE_TIME)

    async def one(row: LabletSessionReadModel) -> BulkResult:
        async with slots:
            return await _carry_out_one(mediator, row, command(row.id), ctx)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(row)) for row in meant.found]
    return _answer(request, (*(task.result() for task in tasks), *unknown), meant.next)


async def _carry_out_one(
    mediator: Mediator, row: LabletSessionReadModel, command: Command[Applied], ctx: CommandContext
) -> BulkResult:
    try:
        done = await mediator.execute(command, ctx)
    except LcmError as error:
        return _refused(row.id, row, error)
    return _result(row, BulkOutcome.DONE if done.applied else BulkOutcome.UNCHANGED)


def _result(row: LabletSessionReadModel, outcome: BulkOutcome) -> BulkResult:
    return BulkResult(session_id=row.id, outcome=outcome, status=row.status)


def _refused(id: str, row: LabletSessionReadModel | None, error: LcmError) -> BulkResult:
    problem = BulkProblem(code=error.code, detail=error.message, facts=cast("dict[str, Any]", dict(error.facts)))
    return BulkResult(
        session_id=id, outcome=BulkOutcome.REFUSED, status=row.status if row is not None else None, problem=problem
    )


def _answer(request: BulkRequest, results: tuple[BulkResult, ...], next: Position | None) -> BulkAnswer:
    counted = [result.outcome for result in results]
    return BulkAnswer(
        dry_run=request.dry_run,
        results=results,
        done=counted.count(BulkOutcome.DONE),
        unchanged=counted.count(BulkOutcome.UNCHANGED),
        refused=counted.count(BulkOutcome.REFUSED),
        more=next is not None,
        next=next.to_cursor() if next is not None else None,
    )
