"""What happens to a worker template."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import AmiRequirement, PortRange, ResourceVector


class WorkerTemplateTerms(BaseModel):
    """All that a template says about the workers made from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str
    region: str
    instance_type: str
    ami: AmiRequirement
    capacity: ResourceVector
    port_range: PortRange
    license_type: LicenseType
    startup_seconds: int
    drain_timeout_seconds: int
    cost_per_hour_usd: float
    enabled: bool


@EVENTS.register
class WorkerTemplateCreatedDomainEvent(StampedEvent):
    """Workers can be made after this template."""

    wire_name = "worker_template.created"
    emitted_by = "CreateWorkerTemplateCommand"
    consumed_by = ("resource-scheduler", "web UI")

    name: str
    terms: WorkerTemplateTerms


@EVENTS.register
class WorkerTemplateUpdatedDomainEvent(StampedEvent):
    """New terms for workers yet to be made; those that exist keep theirs."""

    wire_name = "worker_template.updated"
    emitted_by = "UpdateWorkerTemplateCommand"
    consumed_by = ("resource-scheduler", "web UI")

    terms: WorkerTemplateTerms
