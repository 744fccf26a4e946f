"""What a lablet definition remembers, and how each event changes it."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from control_plane_api.domain.events import lablet_definition_content_events as content_events
from control_plane_api.domain.events import lablet_definition_events as events
from control_plane_api.domain.events.registry import StampedEvent
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import LabletDefinitionStatus, LicenseType
from lcm_core.domain.publication import Publication
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.read_models.content_sync import (
    ConsumerStatus,
    ConsumerSync,
    ContentSyncState,
    OutsideWork,
    SyncStatus,
    VersionPolicy,
    VersionProposal,
)
from lcm_core.domain.values import AmiRequirement, HostLossTerms, PortRequest, ResourceVector

_D = LabletDefinitionStatus


class ContentFacts(BaseModel):
    """What is known of a version by its content; empty until it has any."""

    model_config = ConfigDict(frozen=True)

    content_hash: str
    title: str
    requirements: ResourceVector
    node_count: int
    link_count: int
    port_requests: tuple[PortRequest, ...]
    visible_devices: tuple[VisibleDevice, ...]
    nested_virtualization: bool = True
    sufficient_licenses: tuple[LicenseType, ...] = ()
    publication: Publication | None = None


class DefinitionTerms(BaseModel):
    """What its author says of a lab; a version that is made of new content has the same."""

    model_config = ConfigDict(frozen=True)

    name: str
    semantic_version: str
    form_qualified_name: str
    license_affinity: tuple[LicenseType, ...]
    ami_requirement: AmiRequirement
    max_duration_minutes: int
    lead_seconds: int
    teardown_seconds: int
    grading_enabled: bool
    host_loss: HostLossTerms | None = None
    limits: WaitingLimits | None = None
    extra_steps: ExtraSteps = ()
    content_bucket: str = ""
    version_policy: VersionPolicy = VersionPolicy.ASK
    given_requirements: ResourceVector | None = None
    previous_version_id: str | None = None
    owner_contact: str = ""
    fingerprint: str = ""


class DefinitionContent(ContentFacts, DefinitionTerms):
    """What a version consists of."""


class LabletDefinitionState(BaseModel):
    """Fields of LabletDefinitionReadModel, and the requirements that were given instead of derived."""

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
    nested_virtualization: bool = True
    sufficient_licenses: tuple[LicenseType, ...] = ()
    content_bucket: str = ""
    version_policy: VersionPolicy = VersionPolicy.ASK
    given_requirements: ResourceVector | None = None
    previous_version_id: str | None = None
    replaced_by: str | None = None
    sync: ContentSyncState = ContentSyncState()
    proposal: VersionProposal | None = None
    consumers: tuple[ConsumerSync, ...] = ()
    outside_work: tuple[OutsideWork, ...] = ()
    owner_contact: str = ""
    publication: Publication | None = None
    created_by: str
    created_at: AwareDatetime
    deprecated_at: AwareDatetime | None = None
    deprecated_reason: str = ""


class LabletDefinitionHistory(AggregateRoot[LabletDefinitionState]):
    """Applies events; decides nothing."""

    kind = "lablet_definition"
    frozen_parts = True
    collection = "lablet_definitions"

    @when(events.LabletDefinitionCreatedDomainEvent)
    def _created(self, event: events.LabletDefinitionCreatedDomainEvent) -> None:
        given = {name: getattr(event, name) for name in DefinitionContent.model_fields if name != "fingerprint"}
        sync = ContentSyncState()
        if event.fingerprint:
            sync = ContentSyncState(status=SyncStatus.SUCCESS, synced_at=event.at, fingerprint=event.fingerprint)
        self.state = LabletDefinitionState(
            status=_D.PENDING_SYNC, created_by=event.by, created_at=event.at, sync=sync, **given
        )

    @when(events.LabletDefinitionActivatedDomainEvent)
    def _activated(self, event: events.LabletDefinitionActivatedDomainEvent) -> None:
        self.state.status = _D.ACTIVE
        self._tell_again(event.consumers, event)

    @when(events.LabletDefinitionDeprecatedDomainEvent)
    def _deprecated(self, event: events.LabletDefinitionDeprecatedDomainEvent) -> None:
        self.state.status = _D.DEPRECATED
        self.state.deprecated_at = event.at
        self.state.deprecated_reason = event.reason
        self._out_of_use()

    @when(events.LabletDefinitionArchivedDomainEvent)
    def _archived(self, event: events.LabletDefinitionArchivedDomainEvent) -> None:
        del event
        self.state.status = _D.ARCHIVED
        self._out_of_use()

    @when(content_events.LabletDefinitionSyncRequestedDomainEvent)
    def _sync_requested(self, event: content_events.LabletDefinitionSyncRequestedDomainEvent) -> None:
        change = {
            "status": SyncStatus.REQUESTED,
            "cause": event.cause,
            "requested_at": event.at,
            "requested_by": event.by,
        }
        self.state.sync = self.state.sync.model_copy(update=change)
        self._work(OutsideWork.SYNC, wanted=True)
        if event.consumers:
            self._tell_again(event.consumers, event)

    @when(content_events.LabletDefinitionContentSyncedDomainEvent)
    def _content_synced(self, event: content_events.LabletDefinitionContentSyncedDomainEvent) -> None:
        for name in ContentFacts.model_fields:
            setattr(self.state, name, getattr(event, name))
        self._looked(SyncStatus.SUCCESS, event.fingerprint, event)

    @when(content_events.LabletDefinitionContentCheckedDomainEvent)
    def _content_checked(self, event: content_events.LabletDefinitionContentCheckedDomainEvent) -> None:
        proposal = self.state.proposal
        if proposal is not None and proposal.content_hash == event.content_hash:
            self._looked(SyncStatus.VERSION_PROPOSED, event.fingerprint, event)
            return
        self.state.proposal = None
        self._looked(SyncStatus.SUCCESS, event.fingerprint, event)

    @when(content_events.LabletDefinitionVersionProposedDomainEvent)
    def _version_proposed(self, event: content_events.LabletDefinitionVersionProposedDomainEvent) -> None:
        self.state.proposal = event.proposal
        self._looked(SyncStatus.VERSION_PROPOSED, event.fingerprint, event)

    @when(content_events.LabletDefinitionProposalRejectedDomainEvent)
    def _proposal_rejected(self, event: content_events.LabletDefinitionProposalRejectedDomainEvent) -> None:
        self.state.proposal = None
        status = self.state.sync.status
        status = SyncStatus.SUCCESS if status is SyncStatus.VERSION_PROPOSED else status
        change = {"status": status, "rejected_hash": event.content_hash}
        self.state.sync = self.state.sync.model_copy(update=change)

    @when(content_events.LabletDefinitionReplacedDomainEvent)
    def _replaced(self, event: content_events.LabletDefinitionReplacedDomainEvent) -> None:
        self.state.replaced_by = event.replaced_by
        self._out_of_use()

    @when(content_events.LabletDefinitionSyncFailedDomainEvent)
    def _sync_failed(self, event: content_events.LabletDefinitionSyncFailedDomainEvent) -> None:
        change = {
            "status": SyncStatus.FAILED,
            "error": event.reason,
            "problems": event.problems,
            # a bucket that could not be read is looked at again as if nobody had
            "fingerprint": event.fingerprint or self.state.sync.fingerprint,
        }
        self.state.sync = self.state.sync.model_copy(update=change)
        self._work(OutsideWork.SYNC, wanted=False)

    @when(content_events.LabletDefinitionConsumerRefreshedDomainEvent)
    def _consumer_refreshed(self, event: content_events.LabletDefinitionConsumerRefreshedDomainEvent) -> None:
        self._remember(ConsumerSync(consumer=event.consumer, status=event.status, at=event.at, outcomes=event.outcomes))

    def _looked(self, status: SyncStatus, fingerprint: str, event: StampedEvent) -> None:
        change = {
            "status": status,
            "synced_at": event.at,
            "fingerprint": fingerprint,
            "error": "",
            "problems": (),
        }
        self.state.sync = self.state.sync.model_copy(update=change)
        self._work(OutsideWork.SYNC, wanted=False)

    def _tell_again(self, consumers: tuple[str, ...], event: StampedEvent) -> None:
        for consumer in consumers:
            self._remember(ConsumerSync(consumer=consumer, status=ConsumerStatus.PENDING, at=event.at))

    def _remember(self, told: ConsumerSync) -> None:
        others = tuple(each for each in self.state.consumers if each.consumer != told.consumer)
        self.state.consumers = (*others, told)
        pending = any(each.status is ConsumerStatus.PENDING for each in self.state.consumers)
        self._work(OutsideWork.REFRESH, wanted=pending)

    def _out_of_use(self) -> None:
        """Nobody looks at its bucket any more: what is there belongs to another version, or to none."""
        self.state.proposal = None
        if self.state.sync.status in (SyncStatus.REQUESTED, SyncStatus.VERSION_PROPOSED):
            self.state.sync = self.state.sync.model_copy(update={"status": SyncStatus.SUCCESS})
        self.state.outside_work = ()

    def _work(self, work: OutsideWork, *, wanted: bool) -> None:
        others = tuple(each for each in self.state.outside_work if each is not work)
        self.state.outside_work = (*others, work) if wanted else others
