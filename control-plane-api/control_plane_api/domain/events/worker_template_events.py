"""What happens to a worker template."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.provisioning import ProvisioningTerms
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
    provisioning: ProvisioningTerms = ProvisioningTerms()


@EVENTS.register
class WorkerTemplateCreatedDomainEvent(StampedEvent):
    """Workers can be made after this template. ``source_digest`` is that of its entry in the template file, if any."""

    wire_name = "worker_template.created"
    emitted_by = "CreateWorkerTemplateCommand, FollowTemplateFileCommand"
    consumed_by = ("resource-scheduler", "web UI")

    name: str
    terms: WorkerTemplateTerms
    source_digest: str = ""


@EVENTS.register
class WorkerTemplateUpdatedDomainEvent(StampedEvent):
    """New terms for workers yet to be made; those that exist keep theirs. Somebody edited it, or the template file."""

    wire_name = "worker_template.updated"
    emitted_by = "UpdateWorkerTemplateCommand, FollowTemplateFileCommand"
    consumed_by = ("resource-scheduler", "web UI")

    terms: WorkerTemplateTerms
    source_digest: str = ""
