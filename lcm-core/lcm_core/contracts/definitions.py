"""Definitions, worker templates and content as clients send them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from lcm_core.contracts.base import Contract
from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.provisioning import ProvisioningTerms
from lcm_core.domain.values import AmiRequirement, HostLossTerms, PortRange, ResourceVector


class ContentPackage(Contract):
    """The files of one definition: CML topology, what the learner sees, how it is graded.

    Kept under ``hash``, the SHA-256 over the three texts, and never changed.
    """

    hash: str
    topology_yaml: str
    content_xml: str = ""
    grading_yaml: str = ""


class CreateLabletDefinition(Contract):
    """A new version of a lab; requirements are derived from the topology unless given."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    semantic_version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$", max_length=20)] = "1.0.0"
    form_qualified_name: Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[A-Za-z0-9. -]+$")]
    topology_yaml: Annotated[str, Field(min_length=1, max_length=2_000_000)]
    content_xml: Annotated[str, Field(max_length=500_000)] = ""
    grading_yaml: Annotated[str, Field(max_length=500_000)] = ""
    requirements: ResourceVector | None = None
    license_affinity: tuple[LicenseType, ...] = (LicenseType.PERSONAL, LicenseType.ENTERPRISE, LicenseType.EVALUATION)
    ami_requirement: AmiRequirement = AmiRequirement()
    max_duration_minutes: Annotated[int, Field(ge=1, le=480)] = 60
    lead_seconds: Annotated[int, Field(ge=0, le=86_400)] = 900
    teardown_seconds: Annotated[int, Field(ge=0, le=86_400)] = 600
    grading_enabled: bool = True
    host_loss: HostLossTerms | None = Field(
        default=None, description="What becomes of a running session whose host is lost; the system setting when null."
    )
    limits: WaitingLimits | None = Field(default=None, description="How long its sessions may wait in each state.")
    extra_steps: ExtraSteps = Field(
        default=(), description="Done in this order once the lab has converged, before the delivery session is made."
    )


class CreateWorkerTemplate(Contract):
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z0-9][a-z0-9-]*$")]
    description: Annotated[str, Field(max_length=500)] = ""
    region: Annotated[str, Field(min_length=1, max_length=40)]
    instance_type: Annotated[str, Field(min_length=1, max_length=60)]
    ami: AmiRequirement = AmiRequirement()
    capacity: ResourceVector
    port_range: PortRange = PortRange()
    license_type: LicenseType
    startup_seconds: Annotated[int, Field(ge=1, le=7200)] = 900
    drain_timeout_seconds: Annotated[int, Field(ge=1, le=604_800)] = 14_400
    cost_per_hour_usd: Annotated[float, Field(ge=0)]
    enabled: bool = True
    provisioning: ProvisioningTerms = ProvisioningTerms()

    @model_validator(mode="after")
    def _falls_back_on_others(self) -> Self:
        if self.instance_type in self.provisioning.instance_types:
            raise ValueError("provisioning.instance_types names the template's own instance type")
        if self.name in self.provisioning.fallback_templates:
            raise ValueError("provisioning.fallback_templates names the template itself")
        return self
