"""Everything that queries read, as one thing to hand around; built in main.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from control_plane_api.application.commands.inbound_event.settle_inbound_events_command import ParkedCounts
from control_plane_api.application.notifications.notification_book import NotificationBook
from control_plane_api.application.queries.get_fleet_policy_query import FleetPolicies
from control_plane_api.application.queries.get_placement_decision_query import KeptDecisions
from control_plane_api.application.queries.get_reservation_batch_query import ReservationBatches
from control_plane_api.application.queries.list_deliveries_query import DeliveryRecords
from control_plane_api.application.queries.list_inbound_events_query import InboundEvents
from control_plane_api.application.queries.page_placement_decisions_query import PlacementDecisions
from control_plane_api.application.rows import CompletedRows, Rows
from control_plane_api.application.services.metric_history import MetricHistory
from control_plane_api.application.services.observed_times import ObservedTimesStore
from control_plane_api.application.services.scaling_records import ScalingRecords
from control_plane_api.application.services.service_settings import ServiceSettingsBook
from control_plane_api.application.services.warm_pools import WarmStarts
from control_plane_api.application.services.work_counts import CountsWork
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.contracts.sessions import DeviceCollection
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    GradingSessionReadModel,
    LabletDefinitionReadModel,
    LabletSessionReadModel,
    PlacementDecisionRow,
    ReservationReadModel,
    ScoreReportReadModel,
    SubscriptionReadModel,
    UserSessionReadModel,
    WarmPoolReadModel,
    WorkerTemplateReadModel,
)
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.domain.read_models.operations import MaintenanceProgress, MaintenanceReadModel, ReconcilerReadModel


class EventLog(Protocol):
    async def commits(self, stream: str, *, first: int, last: int) -> Sequence[Commit]:
        """The commits *first* to *last* of one stream, in order; those that do not exist are left out."""
        ...


class ContentStore(Protocol):
    async def content(self, content_hash: str) -> ContentPackage:
        """Raises ``NotFound``."""
        ...


class SessionRecords(PlacementDecisions, KeptDecisions, Protocol):
    """What is kept beside a session: evidence and placement decisions."""

    async def evidence(self, session_id: str, collection: int = 1) -> Sequence[DeviceCollection]:
        """What the collection of that number brought; empty when there was none."""
        ...

    async def placement_decisions(self, session_id: str) -> Sequence[PlacementDecisionRow]:
        """Newest first."""
        ...


class MaintenanceProgressBook(Protocol):
    async def progress(self, run_ids: Sequence[str]) -> Mapping[str, MaintenanceProgress]:
        """What was last told of those runs, by id."""
        ...


class InboundEventBook(InboundEvents, ParkedCounts, Protocol):
    """What far ends told, and how much of it waits."""


@dataclass(frozen=True, slots=True)
class ReadSide:
    sessions: Rows[LabletSessionReadModel]
    workers: CompletedRows[CMLWorkerReadModel]
    definitions: Rows[LabletDefinitionReadModel]
    templates: Rows[WorkerTemplateReadModel]
    reservations: Rows[ReservationReadModel]
    user_sessions: Rows[UserSessionReadModel]
    grading_sessions: Rows[GradingSessionReadModel]
    score_reports: Rows[ScoreReportReadModel]
    warm_pools: Rows[WarmPoolReadModel]
    subscriptions: Rows[SubscriptionReadModel]
    deliveries: DeliveryRecords
    warm_starts: WarmStarts
    records: SessionRecords
    content: ContentStore
    events: EventLog
    inbound_events: InboundEventBook
    policies: FleetPolicies
    times: ObservedTimesStore
    batches: ReservationBatches
    metric_history: MetricHistory
    scaling: ScalingRecords
    reconcilers: Rows[ReconcilerReadModel]
    maintenance: Rows[MaintenanceReadModel]
    maintenance_progress: MaintenanceProgressBook
    notifications: NotificationBook
    work_counts: CountsWork
    service_settings: ServiceSettingsBook

    def by_kind(self) -> Mapping[str, Rows[Any]]:
        """Read models by kind of aggregate."""
        return {
            "lablet_session": self.sessions,
            "cml_worker": self.workers,
            "lablet_definition": self.definitions,
            "worker_template": self.templates,
            "reservation": self.reservations,
            "user_session": self.user_sessions,
            "grading_session": self.grading_sessions,
            "score_report": self.score_reports,
            "warm_pool": self.warm_pools,
            "reconciler": self.reconcilers,
            "maintenance": self.maintenance,
            "subscription": self.subscriptions,
        }


def whole_documents() -> Mapping[str, type[AggregateReadModel]]:
    """Read models that are nothing but the current-state document, and that of workers, which is to be completed."""
    return {
        "cml_worker": CMLWorkerReadModel,
        "lablet_session": LabletSessionReadModel,
        "lablet_definition": LabletDefinitionReadModel,
        "worker_template": WorkerTemplateReadModel,
        "reservation": ReservationReadModel,
        "user_session": UserSessionReadModel,
        "grading_session": GradingSessionReadModel,
        "score_report": ScoreReportReadModel,
        "warm_pool": WarmPoolReadModel,
        "reconciler": ReconcilerReadModel,
        "maintenance": MaintenanceReadModel,
        "subscription": SubscriptionReadModel,
    }
