"""What etcd is told of workers and sessions: which keys there are, and what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from lcm_core.domain.capacity import available
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WarmPoolReadModel
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.domain.values import Timeslot

RowT_contra = TypeVar("RowT_contra", bound=AggregateReadModel, contravariant=True)
Entries = Mapping[str, Mapping[str, Any]]
"""Values by key; each carries the ``version`` of its aggregate."""

_NOW_MEANS = timedelta(minutes=1)


class KeyLayout(Protocol[RowT_contra]):
    """The keys of one kind of aggregate."""

    @property
    def prefix(self) -> str:
        """Ends in a slash; what follows is the aggregate's id."""
        ...

    def names(self, id: str) -> tuple[str, ...]:
        """Every key that the aggregate may have."""
        ...

    def entries(self, row: RowT_contra, now: datetime) -> Entries:
        """What its keys must say; empty for one that has ended."""
        ...


class WorkerKeys:
    """``workers/{id}/capacity``, ``/desired`` and ``/actual``."""

    def __init__(self, root: str) -> None:
        self.prefix = f"{root}/workers/"

    def names(self, id: str) -> tuple[str, ...]:
        return tuple(f"{self.prefix}{id}/{leaf}" for leaf in ("capacity", "desired", "actual"))

    def entries(self, row: CMLWorkerReadModel, now: datetime) -> Entries:
        if row.status is CMLWorkerStatus.TERMINATED:
            return {}
        capacity, desired, actual = self.names(row.id)
        return {
            capacity: _capacity(row, now),
            desired: {
                "desired_status": row.desired_status.value,
                "refresh_requested_at": _instant(row.refresh_requested_at),
                "labs_resync_requested_at": _instant(row.labs_resync_requested_at),
                "version": row.version,
            },
            actual: {
                "status": row.status.value,
                "service_status": row.service_status.value,
                "host_lost": _instant(row.host_loss.at) if row.host_loss is not None else None,
                "leftovers": len(row.leftover_labs),
                "prepared": dict(Counter(lab.status.value for lab in row.prepared_labs)),
                "version": row.version,
            },
        }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _capacity(row: CMLWorkerReadModel, now: datetime) -> Mapping[str, Any]:
    free_now = available(row.declared, row.allocations, Timeslot(start=now, end=now + _NOW_MEANS), now)
    return {
        "declared": row.declared.model_dump(mode="json"),
        "allocations": [allocation.model_dump(mode="json") for allocation in row.allocations],
        "available_now": free_now.model_dump(mode="json"),
        "port_range": row.port_range.model_dump(mode="json"),
        "foreign_labs": [{"lab_id": lab.lab_id, "ports": lab.ports} for lab in row.foreign_labs],
        "prepared_labs": [lab.model_dump(mode="json") for lab in row.prepared_labs],
        "placeable": row.placeable,
        "host_lost": row.host_loss is not None,
        "status": row.status.value,
        "desired_status": row.desired_status.value,
        "version": row.version,
    }


class SessionKeys:
    """``sessions/{id}/status`` and ``/ports``."""

    def __init__(self, root: str) -> None:
        self.prefix = f"{root}/sessions/"

    def names(self, id: str) -> tuple[str, ...]:
        return tuple(f"{self.prefix}{id}/{leaf}" for leaf in ("status", "ports"))

    def entries(self, row: LabletSessionReadModel, now: datetime) -> Entries:
        if row.status is LabletSessionStatus.TERMINATED:
            return {}
        status, ports = self.names(row.id)
        return {
            status: {
                "status": row.status.value,
                "terminate_requested": row.terminate_requested,
                "grading_attempt": row.grading_attempt,
                "stirred_at": _instant(row.stirred_at),
                "worker_id": row.worker_id,
                "promised_worker_id": row.promised_worker_id,
                "recovery_deadline": _instant(row.recovery.deadline) if row.recovery is not None else None,
                "timeslot": row.timeslot.model_dump(mode="json"),
                "version": row.version,
            },
            ports: {
                "worker_id": row.worker_id,
                "ports": [binding.model_dump(mode="json") for binding in row.allocated_ports],
                "version": row.version,
            },
        }


class WarmPoolKeys:
    """``warm-pools/{id}/wanted``."""

    def __init__(self, root: str) -> None:
        self.prefix = f"{root}/warm-pools/"

    def names(self, id: str) -> tuple[str, ...]:
        return (f"{self.prefix}{id}/wanted",)

    def entries(self, row: WarmPoolReadModel, now: datetime) -> Entries:
        del now
        wanted = {"status": row.status.value, "policy": row.policy.model_dump(mode="json"), "version": row.version}
        return {self.names(row.id)[0]: wanted}


_MOVES_WITH_TIME = frozenset({"available_now"})


def content_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """What a value says, without the version that only guards it."""
    return {name: item for name, item in value.items() if name != "version"}


def lasting_content_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """What a value says that only a commit can change."""
    return {name: item for name, item in content_of(value).items() if name not in _MOVES_WITH_TIME}
