"""What a worker is made from."""

from __future__ import annotations

from pydantic import computed_field

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.provisioning import ProvisioningTerms
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.domain.values import CML_FORWARDS, AmiRequirement, PortRange, ResourceVector


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

    @computed_field
    @property
    def warnings(self) -> tuple[str, ...]:
        """What may be meant, and is more often a mistake."""
        inside = CML_FORWARDS.first <= self.port_range.first and self.port_range.last <= CML_FORWARDS.last
        if inside:
            return ()
        return (
            f"port_range {self.port_range.first} to {self.port_range.last} goes beyond {CML_FORWARDS.first} to "
            f"{CML_FORWARDS.last}, where CML forwards ports unless the image widens it",
        )
