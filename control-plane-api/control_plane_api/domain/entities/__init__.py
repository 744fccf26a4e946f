"""The aggregates. AGGREGATES names every one of them, for rebuild, audit and the proof that no event is left over."""

from control_plane_api.domain.entities.audit_export import AuditExport
from control_plane_api.domain.entities.booking_terms import BookingTerms
from control_plane_api.domain.entities.cml_worker import CMLWorker, WorkerOrder
from control_plane_api.domain.entities.grading_session import GradingSession
from control_plane_api.domain.entities.lablet_definition import LabletDefinition
from control_plane_api.domain.entities.lablet_definition_history import (
    ContentFacts,
    DefinitionContent,
    DefinitionTerms,
)
from control_plane_api.domain.entities.lablet_session import LabletSession
from control_plane_api.domain.entities.maintenance import Maintenance
from control_plane_api.domain.entities.notification import Condition, Notification
from control_plane_api.domain.entities.pinned_definition import PinnedDefinition
from control_plane_api.domain.entities.read_model_form import read_model_from_document, read_model_of, version_of
from control_plane_api.domain.entities.reconciler import Reconciler
from control_plane_api.domain.entities.reservation import Reservation
from control_plane_api.domain.entities.score_report import ScoreReport
from control_plane_api.domain.entities.subscription import Subscription
from control_plane_api.domain.entities.system_settings import SystemSettings
from control_plane_api.domain.entities.user_session import UserSession
from control_plane_api.domain.entities.warm_pool import WarmPool
from control_plane_api.domain.entities.worker_template import WorkerTemplate
from lcm_core.domain.aggregate import AnyAggregate

AGGREGATES: tuple[type[AnyAggregate], ...] = (
    LabletDefinition,
    LabletSession,
    CMLWorker,
    WorkerTemplate,
    Reservation,
    SystemSettings,
    UserSession,
    GradingSession,
    ScoreReport,
    WarmPool,
    Reconciler,
    Maintenance,
    Subscription,
    AuditExport,
    Notification,
)

__all__ = [
    "AGGREGATES",
    "AuditExport",
    "BookingTerms",
    "CMLWorker",
    "Condition",
    "ContentFacts",
    "DefinitionContent",
    "DefinitionTerms",
    "GradingSession",
    "LabletDefinition",
    "LabletSession",
    "Maintenance",
    "Notification",
    "PinnedDefinition",
    "Reconciler",
    "Reservation",
    "ScoreReport",
    "Subscription",
    "SystemSettings",
    "UserSession",
    "WarmPool",
    "WorkerOrder",
    "WorkerTemplate",
    "read_model_from_document",
    "read_model_of",
    "version_of",
]
