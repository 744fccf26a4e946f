"""What happens to one version of a lablet definition."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.publication import Publication
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.read_models.content_sync import VersionPolicy
from lcm_core.domain.values import AmiRequirement, HostLossTerms, PortRequest, ResourceVector


@EVENTS.register
class LabletDefinitionCreatedDomainEvent(StampedEvent):
    """A version exists as PENDING_SYNC, with its content or before it; once there, that never changes."""

    wire_name = "lablet_definition.created"
    emitted_by = "CreateLabletDefinitionCommand, ConfirmVersionCommand, ReportSyncedContentCommand"
    consumed_by = ("web UI", "LMS")

    name: str
    semantic_version: str
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
    nested_virtualization: bool = True
    sufficient_licenses: tuple[LicenseType, ...] = ()
    content_bucket: str = ""
    version_policy: VersionPolicy = VersionPolicy.ASK
    given_requirements: ResourceVector | None = None
    previous_version_id: str | None = None
    fingerprint: str = ""
    limits: WaitingLimits | None = None
    extra_steps: ExtraSteps = ()
    owner_contact: str = ""
    publication: Publication | None = None


@EVENTS.register
class LabletDefinitionActivatedDomainEvent(StampedEvent):
    """PENDING_SYNC → ACTIVE: the content is valid and stored; it can be booked. *consumers* are to read it again."""

    wire_name = "lablet_definition.activated"
    emitted_by = "CreateLabletDefinitionCommand, ConfirmVersionCommand, ReportSyncedContentCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    consumers: tuple[str, ...] = ()


@EVENTS.register
class LabletDefinitionDeprecatedDomainEvent(StampedEvent):
    """ACTIVE → DEPRECATED: no new bookings; those made stay as they are."""

    wire_name = "lablet_definition.deprecated"
    emitted_by = "DeprecateLabletDefinitionCommand, ConfirmVersionCommand, ReportSyncedContentCommand"
    consumed_by = ("web UI", "LMS")

    reason: str


@EVENTS.register
class LabletDefinitionArchivedDomainEvent(StampedEvent):
    """→ ARCHIVED: withdrawn for good."""

    wire_name = "lablet_definition.archived"
    emitted_by = "ArchiveLabletDefinitionCommand"
    consumed_by = ("web UI", "LMS")

    reason: str
