"""Every collection that a command writes to: to be there before the first transaction touches it."""

from control_plane_api.application.commands.lablet_session.collection_completed_command import EVIDENCE
from control_plane_api.application.commands.reservation.create_reservation_batch_command import RESERVATION_BATCHES
from control_plane_api.application.commands.worker.report_worker_metrics_command import WORKER_METRICS
from control_plane_api.application.services.definition_making import CONTENT_PACKAGES
from control_plane_api.application.services.inbound_events import INBOUND_EVENTS
from control_plane_api.application.services.metric_history import WORKER_METRIC_HISTORY
from control_plane_api.application.services.notification_records import NOTIFICATION_LOG
from control_plane_api.application.services.operations import MAINTENANCE_PROGRESS
from control_plane_api.application.services.placement_records import PLACEMENT_DECISIONS
from control_plane_api.application.services.scaling_records import (
    DISRUPTIONS,
    SCALING_DECISIONS,
    SCALING_STANDING,
    STRAY_DECISIONS,
    STRAY_INSTANCES,
)
from control_plane_api.application.services.service_settings import SERVICE_SETTINGS
from control_plane_api.application.services.warm_start import WARM_STARTS
from control_plane_api.application.webhooks.secrets import SUBSCRIPTION_SECRETS
from control_plane_api.domain.entities import AGGREGATES

WRITTEN_COLLECTIONS: tuple[str, ...] = (
    *(aggregate.collection for aggregate in AGGREGATES),
    CONTENT_PACKAGES,
    DISRUPTIONS,
    EVIDENCE,
    INBOUND_EVENTS,
    MAINTENANCE_PROGRESS,
    NOTIFICATION_LOG,
    PLACEMENT_DECISIONS,
    RESERVATION_BATCHES,
    SCALING_DECISIONS,
    SCALING_STANDING,
    SERVICE_SETTINGS,
    STRAY_DECISIONS,
    STRAY_INSTANCES,
    SUBSCRIPTION_SECRETS,
    WARM_STARTS,
    WORKER_METRICS,
    WORKER_METRIC_HISTORY,
)
