"""What happens between a definition, its package in the object store, and those who keep a copy of it."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.publication import Publication
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.read_models.content_sync import (
    ConsumerOutcome,
    ConsumerStatus,
    SyncCause,
    SyncProblem,
    VersionProposal,
)
from lcm_core.domain.values import PortRequest, ResourceVector


@EVENTS.register
class LabletDefinitionSyncRequestedDomainEvent(StampedEvent):
    """lablet-controller is to read the package. *consumers* are told of the content again, after they failed before."""

    wire_name = "lablet_definition.sync_requested"
    emitted_by = "RequestContentSyncCommand, CreateLabletDefinitionCommand"
    consumed_by = ("lablet-controller", "web UI")

    cause: SyncCause
    consumers: tuple[str, ...] = ()


@EVENTS.register
class LabletDefinitionContentSyncedDomainEvent(StampedEvent):
    """The first content of a definition that was made without any; it never changes afterwards."""

    wire_name = "lablet_definition.content_synced"
    emitted_by = "ReportSyncedContentCommand"
    consumed_by = ("web UI",)

    fingerprint: str
    content_hash: str
    title: str
    requirements: ResourceVector
    node_count: int
    link_count: int
    port_requests: tuple[PortRequest, ...]
    visible_devices: tuple[VisibleDevice, ...]
    nested_virtualization: bool
    sufficient_licenses: tuple[LicenseType, ...]
    publication: Publication | None = None


@EVENTS.register
class LabletDefinitionContentCheckedDomainEvent(StampedEvent):
    """The package was read and is nothing new: what this version has, what is proposed, or what was rejected."""

    wire_name = "lablet_definition.content_checked"
    emitted_by = "ReportSyncedContentCommand"
    consumed_by = ("web UI",)

    content_hash: str
    fingerprint: str


@EVENTS.register
class LabletDefinitionVersionProposedDomainEvent(StampedEvent):
    """The package differs from this version: an admin says whether it becomes the next one."""

    wire_name = "lablet_definition.version_proposed"
    emitted_by = "ReportSyncedContentCommand"
    consumed_by = ("web UI",)

    proposal: VersionProposal
    fingerprint: str


@EVENTS.register
class LabletDefinitionProposalRejectedDomainEvent(StampedEvent):
    """This content is not to become a version, and is not proposed again."""

    wire_name = "lablet_definition.proposal_rejected"
    emitted_by = "RejectVersionCommand"
    consumed_by = ("web UI",)

    content_hash: str
    reason: str


@EVENTS.register
class LabletDefinitionReplacedDomainEvent(StampedEvent):
    """A newer version was made of what the bucket holds now; sessions that are booked keep the version they have."""

    wire_name = "lablet_definition.replaced"
    emitted_by = "ConfirmVersionCommand, ReportSyncedContentCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    replaced_by: str
    semantic_version: str
    content_hash: str


@EVENTS.register
class LabletDefinitionSyncFailedDomainEvent(StampedEvent):
    """The package could not be read, or cannot be used; the definition stays as it was."""

    wire_name = "lablet_definition.sync_failed"
    emitted_by = "ReportSyncFailedCommand"
    consumed_by = ("web UI",)

    reason: str
    problems: tuple[SyncProblem, ...] = ()
    fingerprint: str = ""


@EVENTS.register
class LabletDefinitionConsumerRefreshedDomainEvent(StampedEvent):
    """A system that keeps a copy of the content was told to read it again; *outcomes* says what each answered."""

    wire_name = "lablet_definition.consumer_refreshed"
    emitted_by = "RecordConsumerRefreshCommand"
    consumed_by = ("web UI",)

    consumer: str
    status: ConsumerStatus
    outcomes: tuple[ConsumerOutcome, ...]
