"""What a worker is made from."""

from __future__ import annotations

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.provisioning import ProvisioningTerms
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.domain.values import AmiRequirement, PortRange, ResourceVector


class WorkerTemplateReadModel(AggregateReadModel):
    name: str
    description: str = ""
    region: str
    instance_type: str
    ami: AmiRequirement
    capacity: ResourceVector
    port_range: PortRange
    license_type: LicenseType
    startup_seconds: int
    drain_timeout_seconds: int
    cost_per_hour_usd: float
    enabled: bool = True
    provisioning: ProvisioningTerms = ProvisioningTerms()
    source_digest: str = ""
    edited_since_source: bool = True
    """False while it is as the template file has it; such a template follows the file."""
