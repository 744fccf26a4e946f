"""How closely workers that serve are watched: the more is going on, or wrong, the closer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lcm_core.domain.enums import CMLWorkerStatus, WorkerServiceStatus
from lcm_core.domain.read_models import CMLWorkerReadModel


class Attention(StrEnum):
    """``CLOSE`` while sessions begin or end or something is wrong, ``IDLE`` while nobody is on it, else ``STEADY``."""

    CLOSE = "close"
    STEADY = "steady"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between two looks: under close attention, normally, and at an idle worker."""

    close: float
    steady: float
    idle: float

    def under(self, attention: Attention) -> float:
        match attention:
            case Attention.CLOSE:
                return self.close
            case Attention.STEADY:
                return self.steady
            case Attention.IDLE:
                return self.idle


@dataclass(frozen=True, slots=True)
class ObservingPolicy:
    """Seconds, but for ``silent_looks_until_unavailable`` and ``drift_tolerance``, a share of what is declared.

    ``liveness`` is asking CML and EC2 whether they are there, ``metrics`` is asking CML for its figures and ``cloud``
    asking CloudWatch. A look at EC2 may be ``instances_seconds`` old. A session begins or ends for ``edge_seconds``.

    After ``heartbeat_seconds`` without an answer of CML the host is lost; after ``host_give_up_seconds`` more it is
    removed, unless a session still waits for it. ``maintenance_lead_seconds`` ahead of what EC2 has scheduled for it
    a host is drained.
    """

    liveness_seconds: float = 15.0
    metrics_seconds: float = 60.0
    second_look_seconds: float = 1.0
    gone_after_seconds: float = 10.0
    heartbeat_seconds: float = 60.0
    host_give_up_seconds: float = 3600.0
    maintenance_lead_seconds: float = 14_400.0
    silent_looks_until_unavailable: int = 2
    liveness_close_seconds: float = 5.0
    liveness_idle_seconds: float = 30.0
    metrics_close_seconds: float = 15.0
    metrics_idle_seconds: float = 300.0
    cloud_seconds: float = 120.0
    cloud_close_seconds: float = 60.0
    cloud_idle_seconds: float = 300.0
    instances_seconds: float = 10.0
    edge_seconds: float = 180.0
    drift_tolerance: float = 0.1

    @property
    def liveness(self) -> Pauses:
        return Pauses(self.liveness_close_seconds, self.liveness_seconds, self.liveness_idle_seconds)

    @property
    def metrics(self) -> Pauses:
        return Pauses(self.metrics_close_seconds, self.metrics_seconds, self.metrics_idle_seconds)

    @property
    def cloud(self) -> Pauses:
        return Pauses(self.cloud_close_seconds, self.cloud_seconds, self.cloud_idle_seconds)


def attention_for(worker: CMLWorkerReadModel, now: datetime, edge_seconds: float) -> Attention:
    """What a serving worker deserves now."""
    edge = timedelta(seconds=edge_seconds)
    if worker.service_status is not WorkerServiceStatus.AVAILABLE or not worker.license.holds:
        return Attention.CLOSE
    if worker.status is CMLWorkerStatus.DRAINING:
        return Attention.CLOSE
    intervals = [each.interval for each in worker.allocations]
    if any(abs(moment - now) <= edge for each in intervals for moment in (each.start, each.end)):
        return Attention.CLOSE
    if any(each.start <= now for each in intervals):
        return Attention.STEADY
    busy = worker.metrics is not None and bool(worker.metrics.nodes_running)
    return Attention.STEADY if busy else Attention.IDLE
