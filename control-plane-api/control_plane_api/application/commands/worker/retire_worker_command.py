"""A worker goes because nobody needs it: a running one is drained, a stopped one removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.drain_terms import drain_timeout
from control_plane_api.application.services.fleet_growth import FleetGrowth
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.application.services.scaling_records import ScalingRecords, count_disruption, keep_scaling
from control_plane_api.domain.entities import CMLWorker
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import RetireWorker
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import InputProblem, InvalidInput, RuleViolation
from lcm_core.domain.fleet_care import (
    VOLUNTARY_DISRUPTIONS,
    Disruption,
    WorkerCareTerms,
    budget_refusal,
    window_refusal,
)
from lcm_core.domain.read_models import ScalingFinding, ScalingKind


@dataclass(frozen=True, slots=True)
class RetireWorkerCommand(Command[Applied]):
    worker_id: str
    request: RetireWorker


class RetireWorkerCommandHandler:
    """Whoever asks has judged before; this is the look at the moment of acting, in the transaction that acts.

    Each that goes has a number, so that of two that go at one moment one is refused and budgets hold.
    """

    def __init__(self, growth: FleetGrowth, records: ScalingRecords) -> None:
        self._growth = growth
        self._records = records

    async def handle(self, command: RetireWorkerCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation, which says what keeps the worker."""
        request, stamp = command.request, stamp_of(ctx)
        if request.disruption not in VOLUNTARY_DISRUPTIONS:
            problem = InputProblem("/disruption", "only what can wait is asked for in this way")
            raise InvalidInput([problem])
        worker = await uow.load(CMLWorker, command.worker_id)
        if _is_going(worker):
            return applied(worker, False)
        policy = await fleet_policy(uow)
        # before the budget is looked at: who counted in between has this number, too, and one of the two is refused
        number = await self._records.disruptions_counted() + 1
        worker.require_retirable(policy.care, stamp)
        _require_time(policy.care, request, stamp)
        await self._require_minima(policy.care, worker)
        await self._require_budget(policy.care, request, stamp)
        kind = await self._go(uow, worker, policy, request, stamp)
        count_disruption(uow, number, Disruption(worker_id=worker.id, reason=request.disruption, at=stamp.at))
        keep_scaling(uow, _finding(kind, worker, request, stamp), ctx.actor)
        return applied(worker, True)

    @staticmethod
    async def _go(
        uow: UnitOfWork, worker: CMLWorker, policy: FleetPolicy, request: RetireWorker, stamp: Stamp
    ) -> ScalingKind:
        look_ahead = timedelta(seconds=max(policy.drain_look_ahead_seconds, request.look_ahead_seconds))
        if worker.state.status is CMLWorkerStatus.RUNNING:
            timeout = await drain_timeout(uow, worker)
            worker.drain(request.reason, look_ahead, stamp, force=False, timeout=timeout, disruption=request.disruption)
            return ScalingKind.DRAIN
        worker.set_desired_status(WorkerDesiredStatus.TERMINATED, request.reason, look_ahead, stamp, force=False)
        return ScalingKind.TERMINATE

    async def _require_minima(self, terms: WorkerCareTerms, worker: CMLWorker) -> None:
        state = worker.state
        least = {
            f"region {state.region}": terms.least_in(state.region),
            f"template {state.template_name}": terms.least_of(state.template_name),
        }
        if state.status is not CMLWorkerStatus.RUNNING or not any(least.values()):
            return
        serving = [
            row
            for row in await self._growth.fleet(state.region)
            if row.status is CMLWorkerStatus.RUNNING and row.desired_status is WorkerDesiredStatus.RUNNING
        ]
        of_template = sum(row.template_name == state.template_name for row in serving)
        for (where, wanted), there in zip(least.items(), (len(serving), of_template), strict=True):
            if there <= wanted and wanted:
                raise RuleViolation(
                    f"Worker {state.name!r} is kept: {where} has {there} running, {wanted} are to be kept.",
                    code="fleet-minimum",
                    facts={"worker_id": worker.id, "running": there, "minimum": wanted},
                )

    async def _require_budget(self, terms: WorkerCareTerms, request: RetireWorker, stamp: Stamp) -> None:
        past = await self._records.disruptions(stamp.at - terms.longest_budget)
        why = budget_refusal(terms.budgets, past, request.disruption, stamp.at)
        if why is not None:
            raise RuleViolation(f"The disruption budget is spent: {why}.", code="disruption-budget")


def _is_going(worker: CMLWorker) -> bool:
    doomed = worker.state.desired_status is WorkerDesiredStatus.TERMINATED
    return doomed or worker.state.status in (CMLWorkerStatus.DRAINING, CMLWorkerStatus.TERMINATED)


def _require_time(terms: WorkerCareTerms, request: RetireWorker, stamp: Stamp) -> None:
    why = window_refusal(terms.windows, request.disruption, stamp.at)
    if why is not None:
        raise RuleViolation(f"No worker goes at this time: {why}.", code="maintenance-window")


def _finding(kind: ScalingKind, worker: CMLWorker, request: RetireWorker, stamp: Stamp) -> ScalingFinding:
    return ScalingFinding(
        kind=kind,
        subject=worker.id,
        at=stamp.at,
        taken=True,
        summary=request.reason,
        answers=request.answers,
        inputs={**request.inputs, "disruption": request.disruption.value},
        worker_id=worker.id,
        worker_name=worker.state.name,
        region=worker.state.region,
        template_name=worker.state.template_name,
        ec2_instance_id=worker.state.ec2_instance_id,
    )
