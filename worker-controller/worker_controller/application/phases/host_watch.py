"""Whether the host under a worker counts as lost, is about to leave, or has been waited for long enough."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import ReportHostLeaving, ReportHostLost
from lcm_core.domain.enums import CMLWorkerStatus, HostLossCause, WorkerServiceStatus
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import Result
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.spot_reclaims import ReclaimLookup
from worker_controller.application.services.vitals import Vitals, VitalsBook
from worker_controller.domain.cloud import UNKNOWN_STATUS, InstanceStatus, impairment
from worker_controller.domain.observing import ObservingPolicy

_PATIENCE_WHEN_MOST_ARE_SILENT = 10
_SHORTEST_LOOK_SECONDS = 1.0
_FRESH_LOOKS = 3
_LATELY_SECONDS = 120.0

log = structlog.stdlib.get_logger(__name__)


class HostWatch:
    """Answers the result of a report that changes what is done next, or None (or seconds) when there is none."""

    def __init__(
        self,
        reclaims: ReclaimLookup,
        cloud: CloudBook,
        reports: WorkerReports,
        vitals: VitalsBook,
        *,
        clock: Clock,
        policy: ObservingPolicy,
    ) -> None:
        self._reclaims = reclaims
        self._cloud = cloud
        self._reports = reports
        self._vitals = vitals
        self._clock = clock
        self._policy = policy

    def answered(self, vitals: Vitals) -> None:
        vitals.answered_at, vitals.silent_from = self._clock.now(), None

    def fell_silent(self, worker: CMLWorkerReadModel, vitals: Vitals) -> None:
        """At each silent look. Since when is counted from the last answer, if that is as fresh as it can be: who was
        not looking for a while knows nothing of it but what stands in the record."""
        told_before = vitals.silent_looks > self._policy.silent_looks_until_unavailable
        if told_before and worker.service_status is WorkerServiceStatus.AVAILABLE:
            # somebody else led in between, and saw it well
            vitals.silent_looks, vitals.silent_from, vitals.answered_at = 1, None, None
        if vitals.silent_from is not None:
            return
        now, answered_at = self._clock.now(), vitals.answered_at
        fresh = timedelta(seconds=_FRESH_LOOKS * self._policy.liveness.idle)
        if answered_at is not None and now - answered_at <= fresh:
            vitals.silent_from = answered_at
        else:
            vitals.silent_from = worker.silent_since or now

    def patience(self, worker: CMLWorkerReadModel, vitals: Vitals) -> float | None:
        """Seconds until the heartbeat deadline of a worker that has fallen silent: a host that hangs is not listened to
        beyond it. None as long as there is no deadline."""
        if vitals.silent_from is None or worker.host_loss is not None:
            return None
        silent_for = (self._clock.now() - vitals.silent_from).total_seconds()
        return max(_SHORTEST_LOOK_SECONDS, self._policy.heartbeat_seconds - silent_for)

    async def silent(self, worker: CMLWorkerReadModel, vitals: Vitals, why: str) -> Result | float:
        """CML does not answer, and not for the first time: lost at the heartbeat deadline, or as soon as EC2 says so.

        Since when is known from the record, too: a controller that starts meanwhile does not begin to count anew.
        """
        often = self._policy.second_look_seconds * 4
        if worker.host_loss is not None:
            return await self.given_up(worker) or often
        since = vitals.silent_from or self._clock.now()
        impaired = impairment(self._swept(worker), None)
        if impaired:
            return await self._lost(worker, HostLossCause.EC2_IMPAIRED, f"{impaired}; {why}", since)
        deadline = self._policy.heartbeat_seconds
        if self._vitals.most_are_silent(self._clock.monotonic() - _LATELY_SECONDS):
            # nobody loses an exam because a network in between fails: who is on them is left alone for longer
            log.error("most_hosts_are_silent", worker_id=worker.id, reason=why)
            deadline *= _PATIENCE_WHEN_MOST_ARE_SILENT
        left = deadline - (self._clock.now() - since).total_seconds()
        if left > 0:
            return min(often, left)
        return await self._lost(
            worker,
            HostLossCause.CML_SILENT,
            f"CML has not answered for {deadline:g} s: {why}",
            since,
        )

    async def given_up(self, worker: CMLWorkerReadModel) -> Result | None:
        """A lost host that nobody waits for (any more) and that has had its time is removed, the evidence kept."""
        loss, now = worker.host_loss, self._clock.now()
        if loss is None or loss.cause is HostLossCause.SPOT_RECLAIM:
            return None
        lost_for = (now - loss.at).total_seconds()
        awaited = loss.awaited_until is not None and now < loss.awaited_until
        if awaited or lost_for < self._policy.host_give_up_seconds:
            return None
        return await self._reports.failed(worker, f"host lost {lost_for:.0f} s ago and not back: {loss.reason}")

    async def leaving(self, worker: CMLWorkerReadModel, *, spot: bool) -> Result | None:
        """What EC2 has announced: a spot instance is asked about at each look, of any other the last sweep tells."""
        if worker.host_loss is not None:
            return None
        reclaim = await self._reclaim(worker) if spot else None
        if reclaim:
            return await self._lost(worker, HostLossCause.SPOT_RECLAIM, reclaim, self._clock.now())
        event = self._swept(worker).event_within(self._clock.now(), self._policy.maintenance_lead_seconds)
        if event is None or worker.status is not CMLWorkerStatus.RUNNING:
            return None
        announced = f"EC2 maintenance, {event}"[:2000]
        if worker.left_for == announced:
            return None
        return await self._reports.host_leaving(worker, ReportHostLeaving(reason=announced))

    async def _lost(self, worker: CMLWorkerReadModel, cause: HostLossCause, why: str, since: datetime) -> Result:
        body = ReportHostLost(cause=cause, reason=why[:2000], silent_since=since)
        return await self._reports.host_lost(worker, body, (self._clock.now() - since).total_seconds())

    def _swept(self, worker: CMLWorkerReadModel) -> InstanceStatus:
        """As the last sweep of the region has it: a hundred silent hosts must not make AWS busier."""
        return self._cloud.status(worker.ec2_instance_id or "") or UNKNOWN_STATUS

    async def _reclaim(self, worker: CMLWorkerReadModel) -> str | None:
        """EC2's word is a second source: when it cannot be had, the heartbeat decides."""
        try:
            return await self._reclaims.get((worker.region, worker.ec2_instance_id or ""))
        except FarEndError as error:
            log.warning("spot_reclaim_unknown", worker_id=worker.id, reason=str(error))
            return None
