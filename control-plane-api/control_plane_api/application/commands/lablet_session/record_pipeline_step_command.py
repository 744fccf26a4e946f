"""Checkpoint of a pipeline step; the same state told twice changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import RecordStep
from lcm_core.domain.read_models import StepRecord


@dataclass(frozen=True, slots=True)
class RecordPipelineStepCommand(Command[Applied]):
    session_id: str
    request: RecordStep


class RecordPipelineStepCommandHandler:
    async def handle(self, command: RecordPipelineStepCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation when the session has gone on to another worker."""
        session = await uow.load(LabletSession, command.session_id)
        session.require_still_on(command.request.worker_id)
        return applied(session, session.record_step(_checkpoint(command.request), stamp_of(ctx)))


def _checkpoint(request: RecordStep) -> StepRecord:
    started, ended = request.started_at, request.ended_at
    return StepRecord(
        pipeline=request.pipeline,
        step=request.step,
        status=request.status,
        attempts=request.attempts,
        started_at=started,
        ended_at=ended,
        duration_seconds=(ended - started).total_seconds() if started and ended else None,
        result=request.result,
        error=request.error,
        waiting_for=request.waiting_for,
        may_skip=request.may_skip,
        retries=request.retries,
    )
