"""Small worlds for tests of placement: every argument has a harmless default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lcm_core.domain.enums import (
    CMLWorkerStatus,
    LabletSessionStatus,
    LicenseStatus,
    LicenseType,
    PortProtocol,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WorkerTemplateReadModel
from lcm_core.domain.values import (
    AmiRequirement,
    Candidate,
    CapacityAllocation,
    PortRange,
    PortRequest,
    ResourceVector,
    Timeslot,
    WorkerLicense,
)
from lcm_core.domain.warm_pool import PreparedLab, PreparedLabStatus
from lcm_core.placement.fleet import PlacementRequest, TemplateSnapshot, WorkerSnapshot

NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)
ROOMY = ResourceVector(cpu_cores=16, memory_gb=64, storage_gb=200, nodes=50, ports=100)
SMALL = ResourceVector(cpu_cores=4, memory_gb=16, storage_gb=20, nodes=5, ports=2)
PREPARED_CONTENT = "c" * 64
ALL_LICENCES = tuple(LicenseType)


def minutes_from_now(start: float, end: float) -> Timeslot:
    return Timeslot(start=NOW + timedelta(minutes=start), end=NOW + timedelta(minutes=end))


def serial_ports(count: int) -> tuple[PortRequest, ...]:
    return tuple(PortRequest(node_label=f"r{n}", protocol=PortProtocol.SERIAL) for n in range(count))


def a_request(session_id: str = "s-1", **changes: Any) -> PlacementRequest:
    facts: dict[str, Any] = {
        "session_id": session_id,
        "requirements": SMALL,
        "license_affinity": ALL_LICENCES,
        "ami": AmiRequirement(),
        "port_requests": serial_ports(2),
        "interval": minutes_from_now(0, 60),
    }
    return PlacementRequest(**(facts | changes))


def an_allocation(session_id: str = "held", **changes: Any) -> CapacityAllocation:
    facts: dict[str, Any] = {
        "session_id": session_id,
        "vector": SMALL,
        "interval": minutes_from_now(0, 60),
        "allocated_at": NOW,
    }
    return CapacityAllocation(**(facts | changes))


def a_worker(worker_id: str = "w-1", **changes: Any) -> WorkerSnapshot:
    facts: dict[str, Any] = {
        "id": worker_id,
        "name": worker_id,
        "status": "RUNNING",
        "placeable": True,
        "declared": ROOMY,
        "port_range": PortRange(),
        "license_type": LicenseType.ENTERPRISE,
        "template_name": "standard",
        "ami_name": "CML-2.9.1",
    }
    return WorkerSnapshot(**(facts | changes))


def a_worker_on_the_way(worker_id: str = "w-new", **changes: Any) -> WorkerSnapshot:
    facts: dict[str, Any] = {
        "status": "PROVISIONING",
        "placeable": False,
        "on_the_way": True,
        "expected_ready_at": NOW + timedelta(minutes=10),
    }
    return a_worker(worker_id, **(facts | changes))


def a_template(name: str = "standard", **changes: Any) -> TemplateSnapshot:
    facts: dict[str, Any] = {
        "name": name,
        "capacity": ROOMY,
        "port_range": PortRange(),
        "license_type": LicenseType.ENTERPRISE,
        "ami": AmiRequirement(),
        "cost_per_hour_usd": 4.0,
        "startup_seconds": 900,
    }
    return TemplateSnapshot(**(facts | changes))


def a_session_row(session_id: str = "s-1", **changes: Any) -> LabletSessionReadModel:
    """A PENDING session wanted now, for an hour, with no lead and no teardown time."""
    facts: dict[str, Any] = {
        "id": session_id,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "status": LabletSessionStatus.PENDING,
        "definition_id": "d-1",
        "definition_name": "ospf",
        "definition_version": "1.0.0",
        "form_qualified_name": "Exam CCNP v1",
        "content_hash": "0" * 64,
        "reservation_id": f"r-{session_id}",
        "owner_id": "lms",
        "candidate": Candidate(username="ada"),
        "timeslot": minutes_from_now(0, 60),
        "lead_seconds": 0,
        "teardown_seconds": 0,
        "requirements": SMALL,
        "license_affinity": ALL_LICENCES,
        "ami_requirement": AmiRequirement(),
        "port_requests": serial_ports(2),
        "status_changed_at": NOW,
    }
    return LabletSessionReadModel(**(facts | changes))


def a_worker_row(worker_id: str = "w-1", **changes: Any) -> CMLWorkerReadModel:
    """A placeable worker."""
    facts: dict[str, Any] = {
        "id": worker_id,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "name": worker_id,
        "region": "us-east-1",
        "template_name": "standard",
        "status": CMLWorkerStatus.RUNNING,
        "desired_status": WorkerDesiredStatus.RUNNING,
        "service_status": WorkerServiceStatus.AVAILABLE,
        "declared": ROOMY,
        "port_range": PortRange(),
        "license": WorkerLicense(type=LicenseType.ENTERPRISE, status=LicenseStatus.REGISTERED, node_limit=320),
        "instance_type": "m5zn.metal",
        "ami_name": "CML-2.9.1",
        "status_changed_at": NOW,
    }
    return CMLWorkerReadModel(**(facts | changes))


def a_prepared_lab(lab_id: str = "lab-1", **changes: Any) -> PreparedLab:
    """One that a session could take."""
    facts: dict[str, Any] = {
        "id": lab_id,
        "definition_name": "ospf",
        "definition_id": "d-1",
        "definition_version": "1.0.0",
        "content_hash": PREPARED_CONTENT,
        "status": PreparedLabStatus.READY,
        "held": ResourceVector(),
        "cml_lab_id": f"cml-of-{lab_id}",
        "reserved_at": NOW,
    }
    return PreparedLab(**(facts | changes))


def a_template_row(name: str = "standard", **changes: Any) -> WorkerTemplateReadModel:
    facts: dict[str, Any] = {
        "id": f"t-{name}",
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "name": name,
        "region": "us-east-1",
        "instance_type": "m5zn.metal",
        "ami": AmiRequirement(),
        "capacity": ROOMY,
        "port_range": PortRange(),
        "license_type": LicenseType.ENTERPRISE,
        "startup_seconds": 900,
        "drain_timeout_seconds": 3600,
        "cost_per_hour_usd": 4.0,
    }
    return WorkerTemplateReadModel(**(facts | changes))
