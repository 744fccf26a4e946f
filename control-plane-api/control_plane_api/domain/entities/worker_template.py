"""A worker template: what workers are made from."""

from __future__ import annotations

from typing import Any, Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.entities.cml_worker import WorkerOrder
from control_plane_api.domain.events import worker_template_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.events.worker_template_events import WorkerTemplateTerms
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.provisioning import ProvisioningTerms
from lcm_core.domain.values import AmiRequirement, PortRange, ResourceVector, WorkerLicense


class WorkerTemplateState(BaseModel):
    """Fields of WorkerTemplateReadModel."""

    name: str
    description: str
    region: str
    instance_type: str
    ami: AmiRequirement
    capacity: ResourceVector
    port_range: PortRange
    license_type: LicenseType
    startup_seconds: int
    drain_timeout_seconds: int
    cost_per_hour_usd: float
    enabled: bool
    provisioning: ProvisioningTerms = ProvisioningTerms()
    source_digest: str = ""
    edited_since_source: bool = True
    created_at: AwareDatetime


class WorkerTemplate(AggregateRoot[WorkerTemplateState]):
    kind = "worker_template"
    frozen_parts = True
    collection = "worker_templates"

    @classmethod
    def create(cls, id: str, name: str, terms: WorkerTemplateTerms, stamp: Stamp, *, source_digest: str = "") -> Self:
        """*source_digest* identifies its entry in the template file; "" when it was made by hand."""
        template = cls(id)
        template.record(
            events.WorkerTemplateCreatedDomainEvent(
                at=stamp.at, by=stamp.by, name=name, terms=terms, source_digest=source_digest
            )
        )
        return template

    @property
    def terms(self) -> WorkerTemplateTerms:
        state = self.state
        return WorkerTemplateTerms(**{name: getattr(state, name) for name in WorkerTemplateTerms.model_fields})

    def update(self, terms: WorkerTemplateTerms, stamp: Stamp) -> bool:
        """Whether anything changed."""
        if terms == self.terms:
            return False
        self.record(events.WorkerTemplateUpdatedDomainEvent(at=stamp.at, by=stamp.by, terms=terms))
        return True

    def follow(self, terms: WorkerTemplateTerms, source_digest: str, stamp: Stamp) -> bool:
        """Take what the template file says now, unless somebody edited it since; whether anything changed."""
        if self.state.edited_since_source or source_digest == self.state.source_digest:
            return False
        self.record(
            events.WorkerTemplateUpdatedDomainEvent(at=stamp.at, by=stamp.by, terms=terms, source_digest=source_digest)
        )
        return True

    def order(self, worker_name: str) -> WorkerOrder:
        """What a new worker is made from. Raises RuleViolation while disabled."""
        state = self.state
        if not state.enabled:
            raise RuleViolation(
                f"Worker template {state.name!r} is disabled.",
                code="template-disabled",
                facts={"template_name": state.name},
            )
        return WorkerOrder(
            name=worker_name,
            region=state.region,
            template_name=state.name,
            instance_type=state.instance_type,
            ami=state.ami,
            declared=state.capacity,
            port_range=state.port_range,
            license=WorkerLicense(type=state.license_type),
            cost_per_hour_usd=state.cost_per_hour_usd,
            startup_seconds=state.startup_seconds,
            template_version=self.version,
        )

    @when(events.WorkerTemplateCreatedDomainEvent)
    def _created(self, event: events.WorkerTemplateCreatedDomainEvent) -> None:
        self.state = WorkerTemplateState(name=event.name, created_at=event.at, **_fields(event.terms))
        self._note_source(event.source_digest)

    @when(events.WorkerTemplateUpdatedDomainEvent)
    def _updated(self, event: events.WorkerTemplateUpdatedDomainEvent) -> None:
        self.state = self.state.model_copy(update=_fields(event.terms))
        self._note_source(event.source_digest)

    def _note_source(self, digest: str) -> None:
        self.state.edited_since_source = not digest
        if digest:
            self.state.source_digest = digest


def _fields(terms: WorkerTemplateTerms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in WorkerTemplateTerms.model_fields}
