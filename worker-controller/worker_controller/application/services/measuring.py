"""Figures of a serving worker, and what they say against what was declared; told when they are due or changed."""

from __future__ import annotations

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import MaintenanceFinding, ReportWorkerFindings, ReportWorkerMetrics
from lcm_core.domain.read_models import CMLWorkerReadModel, DriftFinding, DriftKind, WorkerMetrics
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.integration.clients.workers_api import WorkersApi
from worker_controller.application.ports import CmlSystemPort
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.vitals import Vitals, VitalsBook
from worker_controller.domain.cloud import CloudFigures
from worker_controller.domain.cml_system import CmlStats
from worker_controller.domain.drift import SeenHost, drift_of
from worker_controller.domain.observing import ObservingPolicy

log = structlog.stdlib.get_logger(__name__)


class Measuring:
    def __init__(
        self,
        workers: WorkersApi,
        sessions: SessionsApi,
        cloud: CloudBook,
        vitals: VitalsBook,
        *,
        clock: Clock,
        policy: ObservingPolicy,
    ) -> None:
        self._workers = workers
        self._sessions = sessions
        self._cloud = cloud
        self._vitals = vitals
        self._clock = clock
        self._policy = policy

    async def measure(self, worker: CMLWorkerReadModel, cml: CmlSystemPort, cml_version: str, vitals: Vitals) -> None:
        """Report the figures, and the drift when it is not what the worker is known to have."""
        stats = await cml.stats()
        labs = await cml.labs()
        figures = self._cloud.figures(worker.ec2_instance_id or "") or CloudFigures()
        metrics = WorkerMetrics(
            observed_at=self._clock.now(),
            cpu_percent=stats.cpu_percent,
            memory_percent=stats.memory.percent,
            storage_percent=stats.disk.percent,
            labs=len(labs),
            nodes_running=stats.nodes_running,
            ec2_cpu_percent=figures.cpu_percent,
            network_in_bytes_per_second=figures.network_in_bytes_per_second,
            network_out_bytes_per_second=figures.network_out_bytes_per_second,
            disk_read_bytes_per_second=figures.disk_read_bytes_per_second,
            disk_write_bytes_per_second=figures.disk_write_bytes_per_second,
            cpu_credits=figures.cpu_credits,
            status_check_failed=figures.status_check_failed,
        )
        body = ReportWorkerMetrics(metrics=metrics, last_activity_at=await cml.last_activity())
        await self._workers.report_metrics(worker.id, body)
        await self._report_drift(worker, stats, await self._foreign_labs(worker, labs, vitals), cml_version)

    async def report_maintenance(self, worker: CMLWorkerReadModel) -> None:
        """What AWS has planned, when it is not what the worker is known to have; nothing while AWS has not said."""
        status = self._cloud.status(worker.ec2_instance_id or "")
        if status is None:
            return
        event = status.next_event
        found = (event.not_before, event.reason[:2000]) if event is not None else (None, "")
        if found == (worker.maintenance_at, worker.maintenance_reason):
            return
        finding = MaintenanceFinding(at=found[0], reason=found[1])
        await self._workers.report_findings(worker.id, ReportWorkerFindings(maintenance=finding))
        log.warning("worker_maintenance_changed", worker_id=worker.id, worker=worker.name, reason=found[1])

    async def _foreign_labs(self, worker: CMLWorkerReadModel, labs: frozenset[str], vitals: Vitals) -> int:
        """Labs that no live session stood for at two looks in a row: a lab is bound a moment after it is imported.

        Sessions are only asked for when there are other labs or claims than before, or labs that nobody claimed. What
        is known of the worker counts for the look before the first.
        """
        claims = frozenset(each.session_id for each in worker.allocations if each.granted)
        if (labs, claims) == (vitals.labs, vitals.claims) and not vitals.unclaimed_labs:
            return 0
        sessions = await self._sessions.list(worker_id=worker.id) if labs else []
        prepared = {lab.cml_lab_id for lab in worker.prepared_labs}
        unclaimed = labs - {session.cml_lab_id for session in sessions} - prepared
        seen_before = vitals.unclaimed_labs
        if vitals.labs is None and any(each.what is DriftKind.FOREIGN_LABS for each in worker.drift):
            seen_before = unclaimed
        vitals.labs, vitals.claims, vitals.unclaimed_labs = labs, claims, unclaimed
        return len(unclaimed & seen_before)

    async def _report_drift(
        self, worker: CMLWorkerReadModel, stats: CmlStats, foreign_labs: int, cml_version: str
    ) -> None:
        measured = stats.measured(worker.license.node_limit, worker.port_range)
        seen = SeenHost(measured, stats.nodes_running, foreign_labs, cml_version)
        found = drift_of(worker, seen, tolerance=self._policy.drift_tolerance, now=self._clock.now())
        self._vitals.note_drift(worker.id, found)
        if _told(found) != {(each.what, each.declared, each.measured) for each in worker.drift}:
            await self._workers.report_findings(worker.id, ReportWorkerFindings(drift=found))
            log.warning(
                "worker_drift_changed",
                worker_id=worker.id,
                worker=worker.name,
                drift=[f"{each.what}: {each.declared} declared, {each.measured} found" for each in found],
            )


def _told(findings: tuple[DriftFinding, ...]) -> set[tuple[object, str, str]]:
    return {(each.what, each.declared, each.measured) for each in findings}
