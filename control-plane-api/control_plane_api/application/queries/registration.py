"""Which handler answers which query."""

from __future__ import annotations

from control_plane_api.application.queries.analyse_content_query import (
    AnalyseContentQuery,
    AnalyseContentQueryHandler,
)
from control_plane_api.application.queries.compare_definitions_query import (
    CompareDefinitionsQuery,
    CompareDefinitionsQueryHandler,
)
from control_plane_api.application.queries.draw_topology_query import DrawTopologyQuery, DrawTopologyQueryHandler
from control_plane_api.application.queries.dry_run_query import DryRunQuery, DryRunQueryHandler
from control_plane_api.application.queries.fleet_registration import (
    LeadersAndTold,
    register_fleet,
    register_operations,
    register_scheduling,
    register_settings,
    register_workers,
)
from control_plane_api.application.queries.get_artefact_query import (
    EvidenceTexts,
    GetArtefactQuery,
    GetArtefactQueryHandler,
)
from control_plane_api.application.queries.get_audit_detail_query import (
    GetAuditDetailQuery,
    GetAuditDetailQueryHandler,
)
from control_plane_api.application.queries.get_content_package_query import (
    GetContentPackageQuery,
    GetContentPackageQueryHandler,
)
from control_plane_api.application.queries.get_evidence_query import GetEvidenceQuery, GetEvidenceQueryHandler
from control_plane_api.application.queries.get_fleet_capacity_query import (
    GetFleetCapacityQuery,
    GetFleetCapacityQueryHandler,
)
from control_plane_api.application.queries.get_grading_session_query import (
    GetGradingSessionQuery,
    GetGradingSessionQueryHandler,
)
from control_plane_api.application.queries.get_lablet_definition_query import (
    GetLabletDefinitionQuery,
    GetLabletDefinitionQueryHandler,
)
from control_plane_api.application.queries.get_lablet_session_query import (
    GetLabletSessionQuery,
    GetLabletSessionQueryHandler,
)
from control_plane_api.application.queries.get_proposed_version_query import (
    GetProposedVersionQuery,
    GetProposedVersionQueryHandler,
)
from control_plane_api.application.queries.get_reservation_batch_query import (
    GetReservationBatchQuery,
    GetReservationBatchQueryHandler,
)
from control_plane_api.application.queries.get_reservation_query import GetReservationQuery, GetReservationQueryHandler
from control_plane_api.application.queries.get_score_report_query import GetScoreReportQuery, GetScoreReportQueryHandler
from control_plane_api.application.queries.get_session_by_lds_query import (
    GetSessionByLdsQuery,
    GetSessionByLdsQueryHandler,
)
from control_plane_api.application.queries.get_subscription_query import (
    GetSubscriptionQuery,
    GetSubscriptionQueryHandler,
)
from control_plane_api.application.queries.get_system_status_query import (
    Feed,
    GetSystemStatusQuery,
    GetSystemStatusQueryHandler,
    ServiceProbe,
    SystemLinks,
)
from control_plane_api.application.queries.get_user_session_query import GetUserSessionQuery, GetUserSessionQueryHandler
from control_plane_api.application.queries.get_warm_pool_query import GetWarmPoolQuery, GetWarmPoolQueryHandler
from control_plane_api.application.queries.get_warm_pools_overview_query import (
    GetWarmPoolsOverviewQuery,
    GetWarmPoolsOverviewQueryHandler,
)
from control_plane_api.application.queries.list_anchors_query import ListAnchorsQuery, ListAnchorsQueryHandler
from control_plane_api.application.queries.list_artefacts_query import ListArtefactsQuery, ListArtefactsQueryHandler
from control_plane_api.application.queries.list_dead_letters_query import (
    ListDeadLettersQuery,
    ListDeadLettersQueryHandler,
)
from control_plane_api.application.queries.list_definitions_with_work_query import (
    ListDefinitionsWithWorkQuery,
    ListDefinitionsWithWorkQueryHandler,
)
from control_plane_api.application.queries.list_deliveries_query import (
    GetOutboundDeadLetterQuery,
    GetOutboundDeadLetterQueryHandler,
    ListDeliveriesQuery,
    ListDeliveriesQueryHandler,
    ListOutboundDeadLettersQuery,
    ListOutboundDeadLettersQueryHandler,
)
from control_plane_api.application.queries.list_followed_content_query import (
    ListFollowedContentQuery,
    ListFollowedContentQueryHandler,
)
from control_plane_api.application.queries.list_inbound_events_query import (
    GetInboundEventQuery,
    GetInboundEventQueryHandler,
    ListInboundEventsQuery,
    ListInboundEventsQueryHandler,
    ListOpenInboundEventsQuery,
    ListOpenInboundEventsQueryHandler,
)
from control_plane_api.application.queries.list_lablet_definitions_query import (
    ListLabletDefinitionsQuery,
    ListLabletDefinitionsQueryHandler,
)
from control_plane_api.application.queries.list_lablet_sessions_query import (
    ListLabletSessionsQuery,
    ListLabletSessionsQueryHandler,
)
from control_plane_api.application.queries.list_leaders_query import ListLeadersQuery, ListLeadersQueryHandler
from control_plane_api.application.queries.list_live_sessions_query import (
    ListLiveSessionsQuery,
    ListLiveSessionsQueryHandler,
)
from control_plane_api.application.queries.list_placement_decisions_query import (
    ListPlacementDecisionsQuery,
    ListPlacementDecisionsQueryHandler,
)
from control_plane_api.application.queries.list_reconcilers_query import (
    Told,
)
from control_plane_api.application.queries.list_reservations_query import (
    ListReservationsQuery,
    ListReservationsQueryHandler,
)
from control_plane_api.application.queries.list_score_reports_query import (
    ListScoreReportsQuery,
    ListScoreReportsQueryHandler,
)
from control_plane_api.application.queries.list_session_events_query import (
    ListSessionEventsQuery,
    ListSessionEventsQueryHandler,
)
from control_plane_api.application.queries.list_subscriptions_query import (
    ListSubscriptionsQuery,
    ListSubscriptionsQueryHandler,
)
from control_plane_api.application.queries.list_warm_pools_query import ListWarmPoolsQuery, ListWarmPoolsQueryHandler
from control_plane_api.application.queries.search_audit_query import SearchAuditQuery, SearchAuditQueryHandler
from control_plane_api.application.queries.verify_audit_query import Auditor, VerifyAuditQuery, VerifyAuditQueryHandler
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.audit_trail import Anchors, AuditTrail
from control_plane_api.application.services.fleet_book import Fleet
from control_plane_api.application.services.resource_names import ResourceNames
from control_plane_api.application.services.warm_pools import WarmPools
from lcm_core.application.mediator import Mediator
from lcm_core.clock import Clock


def register_queries(
    mediator: Mediator,
    read: ReadSide,
    fleet: Fleet,
    *,
    leaders: LeadersAndTold,
    auditor: Auditor,
    clock: Clock,
    trail: AuditTrail,
    anchors: Anchors,
    texts: EvidenceTexts | None = None,
) -> None:
    """*fleet* is what dry runs are made on, the same that bookings are admitted on; *texts* is where evidence is."""
    mediator.register_query(
        DryRunQuery, DryRunQueryHandler(read.definitions, read.policies, read.times, fleet, read.sessions, clock)
    )
    _register_assessment(mediator, read, texts)
    mediator.register_query(GetFleetCapacityQuery, GetFleetCapacityQueryHandler(read.workers, clock))
    register_settings(mediator, read, clock)
    mediator.register_query(GetLabletSessionQuery, GetLabletSessionQueryHandler(read.sessions))
    mediator.register_query(
        GetReservationQuery, GetReservationQueryHandler(read.reservations, read.sessions, read.workers, clock)
    )
    mediator.register_query(
        GetReservationBatchQuery,
        GetReservationBatchQueryHandler(read.batches, read.reservations, read.sessions, read.workers, clock),
    )
    mediator.register_query(GetSessionByLdsQuery, GetSessionByLdsQueryHandler(read.sessions, read.user_sessions))
    mediator.register_query(GetUserSessionQuery, GetUserSessionQueryHandler(read.sessions, read.user_sessions))
    mediator.register_query(ListLabletSessionsQuery, ListLabletSessionsQueryHandler(read.sessions))
    mediator.register_query(ListLeadersQuery, ListLeadersQueryHandler(leaders))
    mediator.register_query(ListLiveSessionsQuery, ListLiveSessionsQueryHandler(read.sessions, read.workers))
    mediator.register_query(
        ListPlacementDecisionsQuery, ListPlacementDecisionsQueryHandler(read.sessions, read.records)
    )
    register_operations(mediator, read, leaders)
    mediator.register_query(ListReservationsQuery, ListReservationsQueryHandler(read.reservations))
    mediator.register_query(ListSessionEventsQuery, ListSessionEventsQueryHandler(read.sessions, read.events))
    register_scheduling(mediator, read, leaders, clock)
    _register_definitions(mediator, read)
    register_workers(mediator, read, clock)
    register_fleet(mediator, read, clock)
    _register_inbound_events(mediator, read, clock)
    names = ResourceNames(read.by_kind())
    mediator.register_query(VerifyAuditQuery, VerifyAuditQueryHandler(auditor))
    mediator.register_query(SearchAuditQuery, SearchAuditQueryHandler(trail, names))
    mediator.register_query(GetAuditDetailQuery, GetAuditDetailQueryHandler(read.events, names))
    mediator.register_query(ListAnchorsQuery, ListAnchorsQueryHandler(anchors))
    _register_warm_pools(mediator, read, clock)
    _register_subscriptions(mediator, read)


def register_system_status(
    mediator: Mediator, read: ReadSide, *, probe: ServiceProbe, links: SystemLinks, told: Told, feed: Feed
) -> None:
    """*feed* is that of the process that answers."""
    handler = GetSystemStatusQueryHandler(probe, links, read.work_counts, told, feed)
    mediator.register_query(GetSystemStatusQuery, handler)


def _register_subscriptions(mediator: Mediator, read: ReadSide) -> None:
    mediator.register_query(GetSubscriptionQuery, GetSubscriptionQueryHandler(read.subscriptions))
    mediator.register_query(ListSubscriptionsQuery, ListSubscriptionsQueryHandler(read.subscriptions))
    mediator.register_query(ListDeliveriesQuery, ListDeliveriesQueryHandler(read.deliveries))
    mediator.register_query(ListOutboundDeadLettersQuery, ListOutboundDeadLettersQueryHandler(read.deliveries))
    mediator.register_query(GetOutboundDeadLetterQuery, GetOutboundDeadLetterQueryHandler(read.deliveries))


def _register_assessment(mediator: Mediator, read: ReadSide, texts: EvidenceTexts | None) -> None:
    mediator.register_query(GetArtefactQuery, GetArtefactQueryHandler(read.sessions, read.records, texts))
    mediator.register_query(ListArtefactsQuery, ListArtefactsQueryHandler(read.sessions, read.records))
    mediator.register_query(ListScoreReportsQuery, ListScoreReportsQueryHandler(read.sessions, read.score_reports))
    mediator.register_query(GetEvidenceQuery, GetEvidenceQueryHandler(read.sessions, read.records))
    mediator.register_query(GetGradingSessionQuery, GetGradingSessionQueryHandler(read.sessions, read.grading_sessions))
    mediator.register_query(GetScoreReportQuery, GetScoreReportQueryHandler(read.sessions, read.score_reports))


def _register_definitions(mediator: Mediator, read: ReadSide) -> None:
    mediator.register_query(AnalyseContentQuery, AnalyseContentQueryHandler(read.definitions, read.content))
    mediator.register_query(CompareDefinitionsQuery, CompareDefinitionsQueryHandler(read.definitions, read.content))
    mediator.register_query(DrawTopologyQuery, DrawTopologyQueryHandler(read.definitions, read.content))
    mediator.register_query(GetProposedVersionQuery, GetProposedVersionQueryHandler(read.definitions, read.content))
    mediator.register_query(ListDefinitionsWithWorkQuery, ListDefinitionsWithWorkQueryHandler(read.definitions))
    mediator.register_query(ListFollowedContentQuery, ListFollowedContentQueryHandler(read.definitions))
    mediator.register_query(GetContentPackageQuery, GetContentPackageQueryHandler(read.content))
    mediator.register_query(GetLabletDefinitionQuery, GetLabletDefinitionQueryHandler(read.definitions))
    mediator.register_query(ListLabletDefinitionsQuery, ListLabletDefinitionsQueryHandler(read.definitions))


def _register_inbound_events(mediator: Mediator, read: ReadSide, clock: Clock) -> None:
    mediator.register_query(ListDeadLettersQuery, ListDeadLettersQueryHandler(read.inbound_events))
    mediator.register_query(GetInboundEventQuery, GetInboundEventQueryHandler(read.inbound_events))
    mediator.register_query(ListInboundEventsQuery, ListInboundEventsQueryHandler(read.inbound_events))
    mediator.register_query(ListOpenInboundEventsQuery, ListOpenInboundEventsQueryHandler(read.inbound_events, clock))


def _register_warm_pools(mediator: Mediator, read: ReadSide, clock: Clock) -> None:
    pools = WarmPools(read.warm_pools, read.definitions, read.workers, read.sessions, read.warm_starts, clock)
    mediator.register_query(GetWarmPoolQuery, GetWarmPoolQueryHandler(pools))
    mediator.register_query(GetWarmPoolsOverviewQuery, GetWarmPoolsOverviewQueryHandler(pools))
    mediator.register_query(ListWarmPoolsQuery, ListWarmPoolsQueryHandler(pools))
