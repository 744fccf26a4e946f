"""Which handler answers which query about the fleet and the scheduling on it."""

from __future__ import annotations

from typing import Protocol

from control_plane_api.application.queries.find_bulk_sessions_query import (
    FindBulkSessionsQuery,
    FindBulkSessionsQueryHandler,
)
from control_plane_api.application.queries.get_care_facts_query import GetCareFactsQuery, GetCareFactsQueryHandler
from control_plane_api.application.queries.get_fleet_policy_query import GetFleetPolicyQuery, GetFleetPolicyQueryHandler
from control_plane_api.application.queries.get_landscape_query import GetLandscapeQuery, GetLandscapeQueryHandler
from control_plane_api.application.queries.get_maintenance_query import GetMaintenanceQuery, GetMaintenanceQueryHandler
from control_plane_api.application.queries.get_notification_query import (
    GetNotificationQuery,
    GetNotificationQueryHandler,
)
from control_plane_api.application.queries.get_placement_decision_query import (
    GetPlacementDecisionQuery,
    GetPlacementDecisionQueryHandler,
)
from control_plane_api.application.queries.get_scheduling_policy_query import (
    GetSchedulingPolicyQuery,
    GetSchedulingPolicyQueryHandler,
    ToldRules,
)
from control_plane_api.application.queries.get_scheduling_queue_query import (
    GetSchedulingQueueQuery,
    GetSchedulingQueueQueryHandler,
)
from control_plane_api.application.queries.get_standing_answer_query import (
    GetStandingAnswerQuery,
    GetStandingAnswerQueryHandler,
)
from control_plane_api.application.queries.get_stray_query import GetStrayQuery, GetStrayQueryHandler
from control_plane_api.application.queries.get_worker_metrics_query import (
    GetWorkerMetricsQuery,
    GetWorkerMetricsQueryHandler,
)
from control_plane_api.application.queries.get_worker_query import GetWorkerQuery, GetWorkerQueryHandler
from control_plane_api.application.queries.get_worker_template_query import (
    GetWorkerTemplateQuery,
    GetWorkerTemplateQueryHandler,
)
from control_plane_api.application.queries.get_worker_template_version_query import (
    GetWorkerTemplateVersionQuery,
    GetWorkerTemplateVersionQueryHandler,
)
from control_plane_api.application.queries.list_drifting_workers_query import (
    ListDriftingWorkersQuery,
    ListDriftingWorkersQueryHandler,
)
from control_plane_api.application.queries.list_leaders_query import Leaders
from control_plane_api.application.queries.list_notifications_query import (
    ListNotificationsQuery,
    ListNotificationsQueryHandler,
)
from control_plane_api.application.queries.list_policy_changes_query import (
    ListPolicyChangesQuery,
    ListPolicyChangesQueryHandler,
)
from control_plane_api.application.queries.list_reconcilers_query import (
    ListReconcilersQuery,
    ListReconcilersQueryHandler,
    Told,
)
from control_plane_api.application.queries.list_scaling_decisions_query import (
    ListScalingDecisionsQuery,
    ListScalingDecisionsQueryHandler,
)
from control_plane_api.application.queries.list_service_settings_query import (
    ListServiceSettingsQuery,
    ListServiceSettingsQueryHandler,
)
from control_plane_api.application.queries.list_strays_query import ListStraysQuery, ListStraysQueryHandler
from control_plane_api.application.queries.list_worker_template_versions_query import (
    ListWorkerTemplateVersionsQuery,
    ListWorkerTemplateVersionsQueryHandler,
)
from control_plane_api.application.queries.list_worker_templates_query import (
    ListWorkerTemplatesQuery,
    ListWorkerTemplatesQueryHandler,
)
from control_plane_api.application.queries.list_workers_query import ListWorkersQuery, ListWorkersQueryHandler
from control_plane_api.application.queries.page_placement_decisions_query import (
    PagePlacementDecisionsQuery,
    PagePlacementDecisionsQueryHandler,
)
from control_plane_api.application.queries.page_workers_query import PageWorkersQuery, PageWorkersQueryHandler
from control_plane_api.application.read_side import ReadSide
from lcm_core.application.mediator import Mediator
from lcm_core.clock import Clock


class LeadersAndTold(Leaders, Told, ToldRules, Protocol):
    """Who leads, and what they tell of themselves."""


def register_scheduling(mediator: Mediator, read: ReadSide, leaders: LeadersAndTold, clock: Clock) -> None:
    mediator.register_query(GetSchedulingPolicyQuery, GetSchedulingPolicyQueryHandler(leaders, leaders))
    mediator.register_query(GetPlacementDecisionQuery, GetPlacementDecisionQueryHandler(read.records))
    mediator.register_query(GetSchedulingQueueQuery, GetSchedulingQueueQueryHandler(read.sessions, clock))
    mediator.register_query(GetLandscapeQuery, GetLandscapeQueryHandler(read.sessions, read.workers, clock))
    mediator.register_query(PagePlacementDecisionsQuery, PagePlacementDecisionsQueryHandler(read.records))


def register_workers(mediator: Mediator, read: ReadSide, clock: Clock) -> None:
    mediator.register_query(
        GetWorkerMetricsQuery, GetWorkerMetricsQueryHandler(read.metric_history, read.workers, clock)
    )
    mediator.register_query(GetWorkerQuery, GetWorkerQueryHandler(read.workers))
    mediator.register_query(
        GetWorkerTemplateVersionQuery, GetWorkerTemplateVersionQueryHandler(read.templates, read.events)
    )
    mediator.register_query(
        ListWorkerTemplateVersionsQuery, ListWorkerTemplateVersionsQueryHandler(read.templates, read.events)
    )
    mediator.register_query(GetWorkerTemplateQuery, GetWorkerTemplateQueryHandler(read.templates))
    mediator.register_query(ListDriftingWorkersQuery, ListDriftingWorkersQueryHandler(read.workers))
    mediator.register_query(ListWorkerTemplatesQuery, ListWorkerTemplatesQueryHandler(read.templates))
    mediator.register_query(ListWorkersQuery, ListWorkersQueryHandler(read.workers))
    mediator.register_query(PageWorkersQuery, PageWorkersQueryHandler(read.workers))


def register_fleet(mediator: Mediator, read: ReadSide, clock: Clock) -> None:
    mediator.register_query(GetCareFactsQuery, GetCareFactsQueryHandler(read.policies, read.scaling, clock))
    mediator.register_query(GetStandingAnswerQuery, GetStandingAnswerQueryHandler(read.workers, read.scaling))
    mediator.register_query(ListScalingDecisionsQuery, ListScalingDecisionsQueryHandler(read.scaling))
    mediator.register_query(GetStrayQuery, GetStrayQueryHandler(read.scaling))
    mediator.register_query(ListStraysQuery, ListStraysQueryHandler(read.scaling))


def register_settings(mediator: Mediator, read: ReadSide, clock: Clock) -> None:
    mediator.register_query(GetFleetPolicyQuery, GetFleetPolicyQueryHandler(read.policies))
    mediator.register_query(ListPolicyChangesQuery, ListPolicyChangesQueryHandler(read.policies, read.events))
    mediator.register_query(ListServiceSettingsQuery, ListServiceSettingsQueryHandler(read.service_settings, clock))


def register_operations(mediator: Mediator, read: ReadSide, leaders: LeadersAndTold) -> None:
    mediator.register_query(ListReconcilersQuery, ListReconcilersQueryHandler(read.reconcilers, leaders, leaders))
    mediator.register_query(
        GetMaintenanceQuery, GetMaintenanceQueryHandler(read.maintenance, read.maintenance_progress)
    )
    mediator.register_query(GetNotificationQuery, GetNotificationQueryHandler(read.notifications))
    mediator.register_query(ListNotificationsQuery, ListNotificationsQueryHandler(read.notifications))
    mediator.register_query(FindBulkSessionsQuery, FindBulkSessionsQueryHandler(read.sessions))
