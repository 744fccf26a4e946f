"""A lablet definition: one immutable version of a lab that can be booked."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import LabletDefinitionStatus, LicenseType
from lcm_core.domain.publication import Publication
from lcm_core.domain.read_models.base import AggregateReadModel, ReadModel
from lcm_core.domain.read_models.content_sync import (
    ConsumerSync,
    ContentSyncState,
    OutsideWork,
    VersionPolicy,
    VersionProposal,
)
from lcm_core.domain.values import AmiRequirement, HostLossTerms, PortRequest, ResourceVector


class VisibleDevice(ReadModel):
    """A device that the learner may see, as content.xml lists it; the grader may need more nodes than these."""

    device_label: str
    access_mode: str
    category: str = ""


class LabletDefinitionReadModel(AggregateReadModel):
    """``content_hash`` is empty, and nothing is required, as long as it is PENDING_SYNC without any content.

    ``sufficient_licenses`` hold all of its nodes without an expansion. ``previous_version_id`` and ``replaced_by`` are
    the line of its versions.
    """

    name: str
    semantic_version: str
    status: LabletDefinitionStatus
    form_qualified_name: str
    content_hash: str
    title: str
    requirements: ResourceVector
    license_affinity: tuple[LicenseType, ...]
    ami_requirement: AmiRequirement
    node_count: int
    link_count: int
    port_requests: tuple[PortRequest, ...]
    visible_devices: tuple[VisibleDevice, ...]
    max_duration_minutes: int
    lead_seconds: int
    teardown_seconds: int
    grading_enabled: bool
    host_loss: HostLossTerms | None = None
    limits: WaitingLimits | None = None
    extra_steps: ExtraSteps = ()
    owner_contact: str = Field(default="", description="Whom to tell when the lab fails.")
    publication: Publication | None = Field(
        default=None, description="What the system that published the content says of it; null where it does not."
    )
    created_by: str
    deprecated_at: AwareDatetime | None = None
    deprecated_reason: str = ""
    content_bucket: str = ""
    nested_virtualization: bool = True
    sufficient_licenses: tuple[LicenseType, ...] = ()
    version_policy: VersionPolicy = VersionPolicy.ASK
    previous_version_id: str | None = None
    replaced_by: str | None = None
    sync: ContentSyncState = ContentSyncState()
    proposal: VersionProposal | None = None
    consumers: tuple[ConsumerSync, ...] = ()
    outside_work: tuple[OutsideWork, ...] = ()
