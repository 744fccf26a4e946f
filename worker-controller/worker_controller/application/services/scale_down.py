"""Gives up workers that nobody needs: idle ones are drained, one at a time, those that have rested for long removed.

Every answer is kept, also the one that nothing is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel

from lcm_core.clock import Clock
from lcm_core.contracts.fleet import MOST_FINDINGS, RecordScalingFindings
from lcm_core.contracts.workers import RetireWorker
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus
from lcm_core.domain.errors import Conflict, DomainError, NotFound
from lcm_core.domain.fleet_care import Disruption, DisruptionReason
from lcm_core.domain.read_models import CMLWorkerReadModel, GuardAnswer, ScalingFinding, ScalingKind
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, Result
from worker_controller.application.services import worker_metrics
from worker_controller.domain.scale_down import (
    GUARDS,
    RETENTION_GUARDS,
    ScaleDownAnswer,
    ScaleDownFacts,
    ScaleDownPolicy,
    inputs_of,
    judge,
)

log = structlog.stdlib.get_logger(__name__)

SCALE_DOWN_KEY = "fleet"
AGGREGATE = "aggregate"
"""What refuses at the moment of acting, when every guard had agreed."""


class WorkerVerdict(BaseModel):
    worker_id: str
    refused_by: str | None
    why: str
    guards: list[GuardAnswer] = []


class ScaleDownReport(BaseModel):
    """Last answers, one for each running and each stopped worker."""

    enabled: bool
    judged_at: datetime | None = None
    verdicts: list[WorkerVerdict] = []


class ScaleDownReconciler:
    """One key for the whole fleet; at most one worker is drained in a pass, so that each sees the one before."""

    def __init__(self, client: ControlPlaneApiClient, policy: ScaleDownPolicy, *, clock: Clock) -> None:
        self._workers = client.workers
        self._sessions = client.sessions
        self._fleet = client.fleet
        self._policy = policy
        self._clock = clock
        self.report = ScaleDownReport(enabled=policy.enabled)

    async def list_keys(self) -> list[str]:
        """Also when it is turned off: that is then the answer that stands for each worker."""
        return [SCALE_DOWN_KEY]

    async def reconcile(self, key: str) -> Result:
        now = self._clock.now()
        fleet = tuple(await self._workers.list())
        care = await self._fleet.care()
        unplaced_due = await self._unplaced_due(now) if self._policy.enabled else 0

        def facts(worker: CMLWorkerReadModel) -> ScaleDownFacts:
            return ScaleDownFacts(worker, fleet, unplaced_due, now, care.terms, care.disruptions)

        running = [facts(each) for each in _dearest_first(fleet, CMLWorkerStatus.RUNNING)]
        resting = [facts(each) for each in _dearest_first(fleet, CMLWorkerStatus.STOPPED)]
        findings = await self._drain_one(running)
        findings += await self._remove(sorted(resting, key=lambda each: each.worker.status_changed_at))
        self._tell(findings, now)
        for first in range(0, len(findings), MOST_FINDINGS):
            await self._fleet.record_scaling(RecordScalingFindings(findings=tuple(findings[first:][:MOST_FINDINGS])))
        return Done()

    async def _drain_one(self, running: Sequence[ScaleDownFacts]) -> list[ScalingFinding]:
        findings: list[ScalingFinding] = []
        gone: list[Disruption] = []
        for facts in running:
            answer = judge(facts, self._policy)
            if answer.refused_by is None and gone:
                answer = replace(answer, refused_by="one_at_a_time", why=f"{gone[0].worker_id} was just drained")
            elif answer.refused_by is None:
                answer = await self._go(facts, DisruptionReason.IDLE, gone)
            findings.append(self._finding(ScalingKind.SCALE_DOWN, facts, answer))
        return findings

    async def _remove(self, resting: Sequence[ScaleDownFacts]) -> list[ScalingFinding]:
        """Longest at rest first; each counts for the budget of the next."""
        findings: list[ScalingFinding] = []
        gone: list[Disruption] = []
        for before in resting:
            facts = replace(before, went=(*before.went, *gone))
            answer = judge(facts, self._policy, RETENTION_GUARDS)
            if answer.refused_by is None:
                answer = await self._go(facts, DisruptionReason.RETENTION, gone)
            findings.append(self._finding(ScalingKind.RETENTION, facts, answer))
        return findings

    async def _go(self, facts: ScaleDownFacts, reason: DisruptionReason, gone: list[Disruption]) -> ScaleDownAnswer:
        """Looked at once more, as it is now, and then taken out of service; what kept it after all, if anything did."""
        guards = GUARDS if reason is DisruptionReason.IDLE else RETENTION_GUARDS
        expected = facts.worker.status
        try:
            worker = await self._workers.get(facts.worker.id)
            fresh = replace(facts, worker=worker, now=self._clock.now())
            answer = judge(fresh, self._policy, guards)
            if answer.refused_by is not None:
                return answer
            if worker.status is not expected:
                return replace(answer, refused_by="status", why=f"it is {worker.status.value} by now")
            body = RetireWorker(
                disruption=reason,
                reason=f"{_SAID[reason]}: {answer.why}",
                look_ahead_seconds=self._policy.look_ahead_seconds,
                answers=answer.answers,
                inputs=inputs_of(fresh, self._policy),
            )
            await self._workers.retire(worker.id, body)
        except (DomainError, Conflict, NotFound) as refused:
            # a session was placed there since it was looked at, or another one went: the transaction has the last word
            log.info("scale_down_refused", worker_id=facts.worker.id, reason=str(refused))
            return ScaleDownAnswer(facts.worker.id, AGGREGATE, refused.message[:1000])
        gone.append(Disruption(worker_id=worker.id, reason=reason, at=fresh.now))
        if reason is DisruptionReason.IDLE:
            worker_metrics.scale_down_drained()
        else:
            worker_metrics.scale_down_retired()
        log.info("worker_retired", worker_id=worker.id, disruption=reason.value, reason=answer.why)
        return answer

    async def _unplaced_due(self, now: datetime) -> int:
        horizon = now + timedelta(seconds=self._policy.look_ahead_seconds)
        pending = await self._sessions.list([LabletSessionStatus.PENDING])
        unpromised = [session for session in pending if session.promised_worker_id is None]
        return sum(session.occupation().start <= horizon for session in unpromised)

    def _finding(self, kind: ScalingKind, facts: ScaleDownFacts, answer: ScaleDownAnswer) -> ScalingFinding:
        worker = facts.worker
        return ScalingFinding(
            kind=kind,
            subject=worker.id,
            at=facts.now,
            taken=answer.refused_by is None,
            decided_by=answer.refused_by or "",
            summary=answer.why,
            answers=answer.answers,
            inputs=inputs_of(facts, self._policy),
            worker_id=worker.id,
            worker_name=worker.name,
            region=worker.region,
            template_name=worker.template_name,
            ec2_instance_id=worker.ec2_instance_id,
        )

    def _tell(self, findings: Sequence[ScalingFinding], now: datetime) -> None:
        self.report = ScaleDownReport(
            enabled=self._policy.enabled, judged_at=now, verdicts=[_verdict(each) for each in findings]
        )
        for finding in findings:
            worker_metrics.scaling_judged(finding.kind.value, finding.decided_by)
            for answer in finding.answers:
                worker_metrics.guard_answered(answer.name, passes=answer.passes)
            if not finding.taken and finding.kind is ScalingKind.SCALE_DOWN:
                worker_metrics.scale_down_skipped(finding.decided_by)


_SAID = {DisruptionReason.IDLE: "scale-down", DisruptionReason.RETENTION: "retention"}


def _dearest_first(fleet: Sequence[CMLWorkerReadModel], status: CMLWorkerStatus) -> list[CMLWorkerReadModel]:
    there = [worker for worker in fleet if worker.status is status]
    return sorted(there, key=lambda each: (-each.cost_per_hour_usd, each.id))


def _verdict(finding: ScalingFinding) -> WorkerVerdict:
    return WorkerVerdict(
        worker_id=finding.subject,
        refused_by=finding.decided_by or None,
        why=finding.summary,
        guards=list(finding.answers),
    )
