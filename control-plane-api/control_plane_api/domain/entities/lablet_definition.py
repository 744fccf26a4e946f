"""A lablet definition: one version of a lab that can be booked. Its content never changes, only its status."""

from __future__ import annotations

from typing import Self

from control_plane_api.domain.entities.lablet_definition_history import (
    ContentFacts,
    DefinitionContent,
    DefinitionTerms,
    LabletDefinitionHistory,
)
from control_plane_api.domain.entities.pinned_definition import PinnedDefinition
from control_plane_api.domain.events import lablet_definition_content_events as content_events
from control_plane_api.domain.events import lablet_definition_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from control_plane_api.domain.versions import Version
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.errors import Conflict, Facts, RuleViolation
from lcm_core.domain.read_models.content_sync import (
    ConsumerOutcome,
    ConsumerStatus,
    OutsideWork,
    SyncCause,
    SyncProblem,
    VersionProposal,
)
from lcm_core.domain.transitions import LABLET_DEFINITION_VALID_TRANSITIONS

_D = LabletDefinitionStatus
CONSUMERS = ("lds",)
"""Systems that keep a copy of the content, and are told to read it again when there is a new version."""


class LabletDefinition(LabletDefinitionHistory):
    """Methods that answer bool say whether anything changed."""

    @classmethod
    def create(cls, id: str, content: DefinitionContent, stamp: Stamp) -> Self:
        definition = cls(id)
        given = {name: getattr(content, name) for name in type(content).model_fields}
        definition.record(events.LabletDefinitionCreatedDomainEvent(at=stamp.at, by=stamp.by, **given))
        return definition

    def activate(self, stamp: Stamp) -> bool:
        """PENDING_SYNC → ACTIVE: the content has been validated."""
        if self.state.status is _D.ACTIVE:
            return False
        self._require(_D.ACTIVE)
        self.record(events.LabletDefinitionActivatedDomainEvent(at=stamp.at, by=stamp.by, consumers=CONSUMERS))
        return True

    def deprecate(self, reason: str, stamp: Stamp) -> bool:
        if self.state.status is _D.DEPRECATED:
            return False
        self._require(_D.DEPRECATED)
        self.record(events.LabletDefinitionDeprecatedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def archive(self, reason: str, stamp: Stamp) -> bool:
        if self.state.status is _D.ARCHIVED:
            return False
        self._require(_D.ARCHIVED)
        self.record(events.LabletDefinitionArchivedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def request_sync(self, cause: SyncCause, stamp: Stamp, *, fingerprint: str = "") -> bool:
        """Have the package read. Raises RuleViolation for a version that its bucket no longer belongs to.

        What a person asks for also tells those consumers again that failed; a bucket that was read as it is (by
        *fingerprint*) is not read again.
        """
        self._require_newest()
        if not self.state.content_bucket:
            raise RuleViolation(
                f"{self._said} has no bucket: its form-qualified name {self.state.form_qualified_name!r} cannot be "
                "the name of one, and none was given. Make a version with content_bucket.",
                code="no-content-bucket",
                facts={"definition_id": self.id},
            )
        if OutsideWork.SYNC in self.state.outside_work:
            return False
        if cause is SyncCause.BUCKET_CHANGED and fingerprint and fingerprint == self.state.sync.fingerprint:
            return False
        failed = [each.consumer for each in self.state.consumers if each.status is ConsumerStatus.FAILED]
        consumers = tuple(failed) if cause is SyncCause.PERSON else ()
        self.record(
            content_events.LabletDefinitionSyncRequestedDomainEvent(
                at=stamp.at, by=stamp.by, cause=cause, consumers=consumers
            )
        )
        return True

    @property
    def wants_sync(self) -> bool:
        return OutsideWork.SYNC in self.state.outside_work

    @property
    def has_content(self) -> bool:
        return bool(self.state.content_hash)

    def take_first_content(self, facts: ContentFacts, fingerprint: str, stamp: Stamp) -> None:
        """PENDING_SYNC → ACTIVE with the content that was found. Raises RuleViolation when it has some."""
        if self.has_content:
            raise RuleViolation(
                f"{self._said} has its content; other content is another version.",
                code="definition-has-content",
                facts={"definition_id": self.id, "content_hash": self.state.content_hash},
            )
        found = {name: getattr(facts, name) for name in ContentFacts.model_fields}
        self.record(
            content_events.LabletDefinitionContentSyncedDomainEvent(
                at=stamp.at, by=stamp.by, fingerprint=fingerprint, **found
            )
        )
        self.activate(stamp)

    def knows(self, content_hash: str) -> bool:
        """Whether this content is nothing new: its own, proposed already, or rejected."""
        proposal = self.state.proposal
        proposed = proposal.content_hash if proposal is not None else ""
        return content_hash in (self.state.content_hash, self.state.sync.rejected_hash, proposed)

    def content_checked(self, content_hash: str, fingerprint: str, stamp: Stamp) -> None:
        self.record(
            content_events.LabletDefinitionContentCheckedDomainEvent(
                at=stamp.at, by=stamp.by, content_hash=content_hash, fingerprint=fingerprint
            )
        )

    def propose(self, proposal: VersionProposal, fingerprint: str, stamp: Stamp) -> None:
        """Ask whether *proposal* is to become the next version; takes the place of an earlier question."""
        self._require_newest()
        self.record(
            content_events.LabletDefinitionVersionProposedDomainEvent(
                at=stamp.at, by=stamp.by, proposal=proposal, fingerprint=fingerprint
            )
        )

    def proposal_of(self, content_hash: str) -> VersionProposal:
        """The open question about *content_hash*. Raises Conflict when it is about something else, or there is none."""
        proposal = self.state.proposal
        if proposal is None or proposal.content_hash != content_hash:
            raise Conflict(
                f"{self._said} has no open proposal of content {content_hash[:12]}; look at what is proposed now.",
                code="proposal-changed",
                facts={"definition_id": self.id, "proposed": proposal.content_hash if proposal is not None else None},
            )
        return proposal

    def reject_proposal(self, content_hash: str, reason: str, stamp: Stamp) -> bool:
        if self.state.proposal is None and self.state.sync.rejected_hash == content_hash:
            return False
        self.proposal_of(content_hash)
        self.record(
            content_events.LabletDefinitionProposalRejectedDomainEvent(
                at=stamp.at, by=stamp.by, content_hash=content_hash, reason=reason
            )
        )
        return True

    def require_later(self, semantic_version: str) -> None:
        """Raises RuleViolation unless *semantic_version* comes after this one's."""
        if Version.parse(semantic_version) <= Version.parse(self.state.semantic_version):
            raise RuleViolation(
                f"{semantic_version} does not come after {self._said}; raise the version.",
                code="version-not-later",
                facts={"semantic_version": semantic_version, "current": self.state.semantic_version},
            )

    def terms_of_next(self, semantic_version: str, fingerprint: str) -> DefinitionTerms:
        """What the next version takes over from this one: everything but what its content says."""
        kept = {name: getattr(self.state, name) for name in DefinitionTerms.model_fields if name != "fingerprint"}
        return DefinitionTerms.model_validate(
            kept | {"semantic_version": semantic_version, "previous_version_id": self.id, "fingerprint": fingerprint}
        )

    def replace(self, by: LabletDefinition, stamp: Stamp) -> None:
        """*by* is the next version, made in the same transaction."""
        self._require_newest()
        self.record(
            content_events.LabletDefinitionReplacedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                replaced_by=by.id,
                semantic_version=by.state.semantic_version,
                content_hash=by.state.content_hash,
            )
        )

    def sync_failed(self, reason: str, problems: tuple[SyncProblem, ...], fingerprint: str, stamp: Stamp) -> bool:
        if not self.wants_sync:
            return False
        self.record(
            content_events.LabletDefinitionSyncFailedDomainEvent(
                at=stamp.at, by=stamp.by, reason=reason, problems=problems, fingerprint=fingerprint
            )
        )
        return True

    def consumer_refreshed(self, consumer: str, outcomes: tuple[ConsumerOutcome, ...], stamp: Stamp) -> bool:
        """Keep what *consumer* answered; only while it is being waited for."""
        waited_for = [each.consumer for each in self.state.consumers if each.status is ConsumerStatus.PENDING]
        if consumer not in waited_for or OutsideWork.REFRESH not in self.state.outside_work:
            return False
        done = all(outcome.succeeded for outcome in outcomes)
        self.record(
            content_events.LabletDefinitionConsumerRefreshedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                consumer=consumer,
                status=ConsumerStatus.SUCCESS if done else ConsumerStatus.FAILED,
                outcomes=outcomes,
            )
        )
        return True

    def pin(self) -> PinnedDefinition:
        """What a new booking takes over. Raises RuleViolation unless ACTIVE."""
        state = self.state
        if state.status is not _D.ACTIVE:
            raise RuleViolation(
                f"{self._said} is {state.status.value}; only an ACTIVE one can be booked{self._instead}.",
                code="definition-not-active",
                facts={
                    "definition_id": self.id,
                    "status": state.status.value,
                    "replaced_by": state.replaced_by,
                },
            )
        return PinnedDefinition(
            definition_id=self.id,
            definition_name=state.name,
            definition_version=state.semantic_version,
            form_qualified_name=state.form_qualified_name,
            content_hash=state.content_hash,
            lead_seconds=state.lead_seconds,
            teardown_seconds=state.teardown_seconds,
            requirements=state.requirements,
            license_affinity=state.license_affinity,
            ami_requirement=state.ami_requirement,
            port_requests=state.port_requests,
            grading_enabled=state.grading_enabled,
            host_loss=state.host_loss,
            limits=state.limits,
            extra_steps=state.extra_steps,
            nested_virtualization=state.nested_virtualization,
        )

    @property
    def _said(self) -> str:
        return f"{self.state.name} {self.state.semantic_version}"

    @property
    def _instead(self) -> str:
        return f". Book its next version {self.state.replaced_by}" if self.state.replaced_by is not None else ""

    def _require_newest(self) -> None:
        state = self.state
        if state.status in (_D.PENDING_SYNC, _D.ACTIVE) and state.replaced_by is None:
            return
        facts: Facts = {"definition_id": self.id, "status": state.status.value, "replaced_by": state.replaced_by}
        raise RuleViolation(
            f"{self._said} is {state.status.value}{' and replaced' if state.replaced_by is not None else ''}: what its "
            "bucket holds belongs to a later version. Synchronise that one, or make a new version.",
            code="definition-not-newest",
            facts=facts,
        )

    def _require(self, target: LabletDefinitionStatus) -> None:
        require_transition(self.kind, self.id, LABLET_DEFINITION_VALID_TRANSITIONS, self.state.status, target)
