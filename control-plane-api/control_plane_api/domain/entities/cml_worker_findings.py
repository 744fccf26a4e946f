"""What is found out about a worker while it serves: recorded when it changed, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from control_plane_api.domain.entities.cml_worker_history import CMLWorkerHistory
from control_plane_api.domain.events import cml_worker_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import DriftFinding, WorkerDrift

_SERVING = frozenset({CMLWorkerStatus.RUNNING, CMLWorkerStatus.DRAINING})


class CMLWorkerFindings(CMLWorkerHistory):
    """Findings of a worker that does not serve are late, and forgotten with its service."""

    def report_maintenance(self, at: datetime | None, reason: str, stamp: Stamp) -> bool:
        told = reason if at is not None else ""
        if self.state.status not in _SERVING:
            return False
        if (at, told) == (self.state.maintenance_at, self.state.maintenance_reason):
            return False
        self.record(
            events.CMLWorkerMaintenanceChangedDomainEvent(at=stamp.at, by=stamp.by, maintenance_at=at, reason=told)
        )
        return True

    def report_drift(self, findings: Sequence[DriftFinding], stamp: Stamp) -> bool:
        """All that is found now; what was found before in the same respect keeps the time since when it is so."""
        if self.state.status not in _SERVING:
            return False
        since = {known.what: known.since for known in self.state.drift}
        found = {
            each.what: WorkerDrift(
                what=each.what, declared=each.declared, measured=each.measured, since=since.get(each.what, stamp.at)
            )
            for each in findings
        }
        drift = tuple(found[what] for what in sorted(found))
        if drift == self.state.drift:
            return False
        self.record(events.CMLWorkerDriftChangedDomainEvent(at=stamp.at, by=stamp.by, drift=drift))
        return True
