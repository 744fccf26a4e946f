"""Every collection that a command writes to: to be there before the first transaction touches it."""

from control_plane_api.application.commands.lablet_definition.create_lablet_definition_command import CONTENT_PACKAGES
from control_plane_api.application.commands.lablet_session.collection_completed_command import EVIDENCE
from control_plane_api.application.commands.reservation.create_reservation_batch_command import RESERVATION_BATCHES
from control_plane_api.application.commands.worker.report_worker_metrics_command import WORKER_METRICS
from control_plane_api.application.services.inbound_events import INBOUND_EVENTS
from control_plane_api.application.services.metric_history import WORKER_METRIC_HISTORY
from control_plane_api.application.services.placement_records import PLACEMENT_DECISIONS
from control_plane_api.domain.entities import AGGREGATES

WRITTEN_COLLECTIONS: tuple[str, ...] = (
    *(aggregate.collection for aggregate in AGGREGATES),
    CONTENT_PACKAGES,
    EVIDENCE,
    INBOUND_EVENTS,
    PLACEMENT_DECISIONS,
    RESERVATION_BATCHES,
    WORKER_METRICS,
    WORKER_METRIC_HISTORY,
)
