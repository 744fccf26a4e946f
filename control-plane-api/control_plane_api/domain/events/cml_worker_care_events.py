"""How a CML worker came to be without a launch of ours, and what its drain came to."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.enums import WorkerOrigin
from lcm_core.domain.fleet_care import DrainDeadlineAction


@EVENTS.register
class CMLWorkerImportRequestedDomainEvent(StampedEvent):
    """An operator wants an instance that exists to be this worker; the worker-controller looks whether it can."""

    wire_name = "cml_worker.import_requested"
    emitted_by = "ImportWorkerCommand"
    consumed_by = ("worker-controller", "web UI")

    ec2_instance_id: str
    reason: str


@EVENTS.register
class CMLWorkerAdoptedDomainEvent(StampedEvent):
    """PENDING → PROVISIONING, or → STOPPED when ``stopped``: an instance that was there already is this worker's."""

    wire_name = "cml_worker.adopted"
    emitted_by = "AdoptWorkerCommand"
    consumed_by = ("worker-controller", "resource-scheduler", "web UI")

    origin: WorkerOrigin
    ec2_instance_id: str
    instance_type: str
    ami_id: str
    ami_name: str
    private_ip: str | None
    stopped: bool
    reason: str


@EVENTS.register
class CMLWorkerDrainDeadlinePassedDomainEvent(StampedEvent):
    """It is drained for longer than its template allows, with ``session_ids`` still on it; what the policy says."""

    wire_name = "cml_worker.drain_deadline_passed"
    emitted_by = "PassDrainDeadlineCommand"
    consumed_by = ("worker-controller", "web UI")

    action: DrainDeadlineAction
    deadline_at: AwareDatetime
    session_ids: tuple[str, ...]
