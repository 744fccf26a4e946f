"""What a session takes over from its definition when it is booked."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import AmiRequirement, HostLossTerms, PortRequest, ResourceVector


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedDefinition:
    """A later version, or the end of this one, changes nothing for who has booked it."""

    definition_id: str
    definition_name: str
    definition_version: str
    form_qualified_name: str
    content_hash: str
    lead_seconds: int
    teardown_seconds: int
    requirements: ResourceVector
    license_affinity: tuple[LicenseType, ...]
    ami_requirement: AmiRequirement
    port_requests: tuple[PortRequest, ...]
    grading_enabled: bool
    host_loss: HostLossTerms | None = None
    limits: WaitingLimits | None = None
    extra_steps: ExtraSteps = ()
    nested_virtualization: bool = False
