"""A lablet definition: one version of a lab that can be booked. Its content never changes, only its status."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from control_plane_api.domain.entities.pinned_definition import PinnedDefinition
from control_plane_api.domain.events import lablet_definition_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import LABLET_DEFINITION_VALID_TRANSITIONS, LabletDefinitionStatus, LicenseType
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.values import AmiRequirement, HostLossTerms, PortRequest, ResourceVector

_D = LabletDefinitionStatus


class DefinitionContent(BaseModel):
    """What a version consists of."""

    model_config = ConfigDict(frozen=True)

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
    limits: WaitingLimits | None = None
    extra_steps: ExtraSteps = ()


class LabletDefinitionState(BaseModel):
    """Fields of LabletDefinitionReadModel."""

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
    created_by: str
    created_at: AwareDatetime
    deprecated_at: AwareDatetime | None = None
    deprecated_reason: str = ""


class LabletDefinition(AggregateRoot[LabletDefinitionState]):
    """Methods that answer bool say whether anything changed."""

    kind = "lablet_definition"
    collection = "lablet_definitions"

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
        self.record(events.LabletDefinitionActivatedDomainEvent(at=stamp.at, by=stamp.by))
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

    def pin(self) -> PinnedDefinition:
        """What a new booking takes over. Raises RuleViolation unless ACTIVE."""
        state = self.state
        if state.status is not _D.ACTIVE:
            raise RuleViolation(
                f"{state.name} {state.semantic_version} is {state.status.value}; only an ACTIVE one can be booked.",
                code="definition-not-active",
                facts={"definition_id": self.id, "status": state.status.value},
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
        )

    def _require(self, target: LabletDefinitionStatus) -> None:
        require_transition(self.kind, self.id, LABLET_DEFINITION_VALID_TRANSITIONS, self.state.status, target)

    @when(events.LabletDefinitionCreatedDomainEvent)
    def _created(self, event: events.LabletDefinitionCreatedDomainEvent) -> None:
        given = {name: getattr(event, name) for name in DefinitionContent.model_fields}
        self.state = LabletDefinitionState(status=_D.PENDING_SYNC, created_by=event.by, created_at=event.at, **given)

    @when(events.LabletDefinitionActivatedDomainEvent)
    def _activated(self, event: events.LabletDefinitionActivatedDomainEvent) -> None:
        del event
        self.state.status = _D.ACTIVE

    @when(events.LabletDefinitionDeprecatedDomainEvent)
    def _deprecated(self, event: events.LabletDefinitionDeprecatedDomainEvent) -> None:
        self.state.status = _D.DEPRECATED
        self.state.deprecated_at = event.at
        self.state.deprecated_reason = event.reason

    @when(events.LabletDefinitionArchivedDomainEvent)
    def _archived(self, event: events.LabletDefinitionArchivedDomainEvent) -> None:
        del event
        self.state.status = _D.ARCHIVED
