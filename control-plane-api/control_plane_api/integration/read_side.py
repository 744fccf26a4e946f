"""The read side on MongoDB."""

from __future__ import annotations

from control_plane_api.application.read_side import ReadSide
from control_plane_api.domain.metric_history import HistoryPolicy
from control_plane_api.integration.repositories.event_log import MongoEventLog
from control_plane_api.integration.repositories.fleet_policies import MongoFleetPolicies
from control_plane_api.integration.repositories.inbound_events import MongoInboundEvents
from control_plane_api.integration.repositories.maintenance_progress import MongoMaintenanceProgress
from control_plane_api.integration.repositories.metric_history import MongoMetricHistory
from control_plane_api.integration.repositories.notifications import MongoNotifications
from control_plane_api.integration.repositories.observed_times import MongoObservedTimes
from control_plane_api.integration.repositories.read_models import ReadModels
from control_plane_api.integration.repositories.records import (
    MongoContentStore,
    MongoReservationBatches,
    MongoSessionRecords,
)
from control_plane_api.integration.repositories.scaling_records import MongoScalingRecords
from control_plane_api.integration.repositories.service_settings import MongoServiceSettings
from control_plane_api.integration.repositories.warm_starts import MongoWarmStarts
from control_plane_api.integration.repositories.work_counts import MongoWorkCounts
from control_plane_api.integration.repositories.worker_rows import WorkerRows
from control_plane_api.integration.webhooks.delivery_records import MongoDeliveryRecords
from lcm_core.clock import Clock
from lcm_core.domain import read_models as models
from lcm_core.domain.read_models import operations
from lcm_core.eventstore.collections import Database


def mongo_read_side(db: Database, clock: Clock, history: HistoryPolicy | None = None) -> ReadSide:
    return ReadSide(
        sessions=ReadModels(db, "lablet_sessions", models.LabletSessionReadModel, "lablet session", clock),
        workers=WorkerRows(db, clock),
        definitions=ReadModels(db, "lablet_definitions", models.LabletDefinitionReadModel, "lablet definition", clock),
        templates=ReadModels(db, "worker_templates", models.WorkerTemplateReadModel, "worker template", clock),
        reservations=ReadModels(db, "reservations", models.ReservationReadModel, "reservation", clock),
        user_sessions=ReadModels(db, "user_sessions", models.UserSessionReadModel, "user session", clock),
        grading_sessions=ReadModels(db, "grading_sessions", models.GradingSessionReadModel, "grading session", clock),
        score_reports=ReadModels(db, "score_reports", models.ScoreReportReadModel, "score report", clock),
        warm_pools=ReadModels(db, "warm_pools", models.WarmPoolReadModel, "warm pool", clock),
        subscriptions=ReadModels(db, "subscriptions", models.SubscriptionReadModel, "subscription", clock),
        deliveries=MongoDeliveryRecords(db, clock),
        warm_starts=MongoWarmStarts(db),
        records=MongoSessionRecords(db, clock),
        content=MongoContentStore(db),
        events=MongoEventLog(db),
        inbound_events=MongoInboundEvents(db, clock),
        policies=MongoFleetPolicies(db),
        times=MongoObservedTimes(db),
        batches=MongoReservationBatches(db),
        metric_history=MongoMetricHistory(db, history or HistoryPolicy()),
        scaling=MongoScalingRecords(db, clock),
        reconcilers=ReadModels(db, "reconcilers", operations.ReconcilerReadModel, "reconciler", clock),
        maintenance=ReadModels(db, "maintenance", operations.MaintenanceReadModel, "maintenance", clock),
        maintenance_progress=MongoMaintenanceProgress(db),
        notifications=MongoNotifications(db, clock),
        work_counts=MongoWorkCounts(db),
        service_settings=MongoServiceSettings(db),
    )
