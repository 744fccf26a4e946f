"""Definitions, worker templates and content as clients send them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from lcm_core.contracts.base import Contract
from lcm_core.domain.content import content_hash
from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.provisioning import ProvisioningTerms
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.read_models.content_sync import (
    ChangeLevel,
    ConsumerOutcome,
    ContentChange,
    SyncCause,
    SyncProblem,
    VersionPolicy,
    VersionProposal,
)
from lcm_core.domain.values import AmiRequirement, HostLossTerms, PortRange, PortRequest, ResourceVector

MAX_PACKAGE_FILES = 2_000
MAX_PATH_CHARACTERS = 512
MAX_KEPT_TEXT_CHARACTERS = 65_536
TopologyText = Annotated[str, Field(min_length=1, max_length=2_000_000)]
OptionalText = Annotated[str, Field(max_length=500_000)]
SemanticVersion = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$", max_length=20)]


class PackageFile(Contract):
    """A file of a package beside the three that LCM reads. ``text`` of small text files is kept, to show changes."""

    path: Annotated[str, Field(min_length=1, max_length=MAX_PATH_CHARACTERS)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    text: Annotated[str, Field(max_length=MAX_KEPT_TEXT_CHARACTERS)] | None = None


class DeviceCredential(Contract):
    """How one logs in to a device of the lab; the password is sealed (``lcm_core.sealing``), empty where there is none.

    It opens only together with the content's hash and the device's label (``context_of``).
    """

    device_label: str
    username: str = ""
    sealed_password: str = Field(default="", repr=False)

    def context_of(self, content_hash: str) -> str:
        return f"device-password/{content_hash}/{self.device_label}"


class ContentPackage(Contract):
    """The files of one definition: CML topology, what the learner sees, how it is graded, tasks and assets.

    Kept under ``hash`` (``lcm_core.domain.content``), and never changed, but for the key that passwords are sealed
    with: content.xml is kept without them, so that the hash of a package that had some cannot be made from it.
    """

    hash: str
    topology_yaml: str
    content_xml: str = ""
    grading_yaml: str = ""
    files: tuple[PackageFile, ...] = ()
    device_credentials: tuple[DeviceCredential, ...] = ()


class SyncedContent(Contract):
    """A package as lablet-controller read it. ``fingerprint`` is that of the bucket at that time."""

    topology_yaml: TopologyText
    content_xml: OptionalText = ""
    grading_yaml: OptionalText = ""
    files: Annotated[tuple[PackageFile, ...], Field(max_length=MAX_PACKAGE_FILES)] = ()
    fingerprint: Annotated[str, Field(min_length=1, max_length=128)]


def package_hash(content: SyncedContent | ContentPackage) -> str:
    """By which *content* is known; a package without passwords that says another hash has been changed."""
    others = ((file.path, file.sha256) for file in content.files)
    return content_hash(content.topology_yaml, content.content_xml, content.grading_yaml, others)


class RequestSync(Contract):
    cause: SyncCause
    fingerprint: Annotated[str, Field(max_length=128)] = ""


class SyncFailed(Contract):
    """Why a package could not be used. ``fingerprint`` is empty when it could not even be read."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]
    problems: Annotated[tuple[SyncProblem, ...], Field(max_length=100)] = ()
    fingerprint: Annotated[str, Field(max_length=128)] = ""


class ConsumerRefreshed(Contract):
    """How a refresh of *consumer* went; it succeeded when every deployment did it."""

    consumer: Annotated[str, Field(min_length=1, max_length=40)]
    outcomes: Annotated[tuple[ConsumerOutcome, ...], Field(min_length=1, max_length=100)]


class FileDiff(Contract):
    """How the text of one file changed, as lines of a unified diff; ``cut`` when there is more than is shown."""

    path: str
    lines: tuple[str, ...]
    cut: bool = False


class ComparedContent(Contract):
    """How content differs from the newest version of that name that can be booked, and the version that it would be.

    ``level`` is null when nothing differs. ``files`` shows topology and grading line by line; content.xml is left out,
    for it may hold passwords: ``changes`` tells of its devices.
    """

    definition_id: str
    current_version: str
    level: ChangeLevel | None = None
    semantic_version: str
    changes: tuple[ContentChange, ...] = ()
    more_changes: int = 0
    files: tuple[FileDiff, ...] = ()


class AnalysedContent(Contract):
    """What content asks for. ``sufficient_licenses`` hold all of its nodes without an expansion.

    ``compared`` is null while there is no active version of that name.
    """

    content_hash: str
    title: str
    node_count: int
    link_count: int
    requirements: ResourceVector
    nested_virtualization: bool
    sufficient_licenses: tuple[LicenseType, ...]
    port_requests: tuple[PortRequest, ...]
    visible_devices: tuple[VisibleDevice, ...]
    compared: ComparedContent | None = None


class ComparedVersions(Contract):
    """How the content of one version differs from that of an earlier one, its ``base``; ``level`` is null when nothing
    differs.

    content.xml is shown as it is kept: without passwords.
    """

    base_id: str
    base_version: str
    definition_id: str
    version: str
    level: ChangeLevel | None = None
    changes: tuple[ContentChange, ...] = ()
    more_changes: int = 0
    files: tuple[FileDiff, ...] = ()


class ProposedVersion(Contract):
    """A proposal with all that changed: what an admin looks at before a version is made of it."""

    definition_id: str
    name: str
    current_version: str
    proposal: VersionProposal
    files: tuple[FileDiff, ...]


class ConfirmVersion(Contract):
    """Make the proposed content a version: the proposed one, or another that comes later than the current one."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Of the proposal that was looked at.")]
    semantic_version: SemanticVersion | None = None
    deprecate_current: bool = Field(default=True, description="Take no new bookings of the current version.")


class RejectVersion(Contract):
    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Of the proposal that was looked at.")]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class FollowedContent(Contract):
    """A definition whose bucket is watched."""

    definition_id: str
    content_bucket: str
    fingerprint: str


class CreateLabletDefinition(Contract):
    """A new version of a lab; requirements are derived from the topology unless given.

    Without a topology its content is fetched from its bucket, and it is PENDING_SYNC until that has been checked.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    semantic_version: SemanticVersion = "1.0.0"
    form_qualified_name: Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[A-Za-z0-9. -]+$")]
    topology_yaml: TopologyText | None = None
    content_xml: OptionalText = ""
    grading_yaml: OptionalText = ""
    content_bucket: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
            description="Bucket of its content package; by default the slug of form_qualified_name.",
        ),
    ] = None
    version_policy: VersionPolicy = Field(
        default=VersionPolicy.ASK,
        description="Which changes found in the bucket become a new version without an admin's word.",
    )
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
    replaces: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None,
        description="Id of the version that this one comes after: deprecated in the same transaction. Needs content.",
    )

    @model_validator(mode="after")
    def _texts_come_with_their_topology(self) -> Self:
        if self.topology_yaml is None and (self.content_xml or self.grading_yaml):
            raise ValueError("content_xml and grading_yaml come with topology_yaml, or all three from the bucket")
        if self.topology_yaml is None and self.replaces is not None:
            raise ValueError("replaces comes with topology_yaml; content from the bucket replaces when it is confirmed")
        return self


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
