"""Every index beside those of the kernel.

One for each way in which something is looked up often: the equality field first, then the instant that bounds the
range. A session is written some thirty times and every index makes that dearer, so a combination of filters has none
of its own: it uses one of these and looks at the rest. Ids that follow from other ids (``domain.identities``) need no
index at all.
"""

from __future__ import annotations

from pymongo import ASCENDING, DESCENDING, IndexModel

from control_plane_api.application.refused_attempts import RECORDED_ON, REFUSED_ATTEMPTS
from control_plane_api.application.services.definition_making import (
    CONTENT_PACKAGES,
    SEALED_WITH,
)
from control_plane_api.application.services.inbound_events import INBOUND_EVENTS, PARKED_FOR, RECEIVED_ON
from control_plane_api.application.services.metric_history import WORKER_METRIC_HISTORY
from control_plane_api.application.services.notification_records import CLEARED_ON, NOTIFICATION_LOG
from control_plane_api.application.services.placement_records import DECIDED_AT, PLACEMENT_DECISIONS
from control_plane_api.application.services.scaling_records import (
    DISRUPTIONS,
    SCALING_DECISIONS,
    SCALING_STANDING,
    SEEN_ON,
)
from control_plane_api.application.services.service_settings import KEPT, REPORTED_ON, SERVICE_SETTINGS
from control_plane_api.application.services.warm_start import WARM_STARTS, WARM_STARTS_EXPIRE
from control_plane_api.application.webhooks.secrets import SEALED_WITH as SECRETS_SEALED_WITH
from control_plane_api.application.webhooks.secrets import SUBSCRIPTION_SECRETS
from control_plane_api.integration.webhooks.collections import (
    DEAD_ON,
    LOGGED_ON,
    OUTBOUND_ATTEMPTS,
    OUTBOUND_DEAD_LETTERS,
    OUTBOUND_HEALTH,
    OUTBOUND_QUEUE,
)
from lcm_core.eventstore.collections import EVENTS, Database, create_collection

_DAY_SECONDS = 86_400
_LONGEST_BUDGET_DAYS = 31


def _list_by(*equality: str) -> IndexModel:
    """For lists newest first."""
    return IndexModel([*((field, ASCENDING) for field in equality), ("created_at", DESCENDING)])


def _newest_by(instant: str, *equality: str) -> IndexModel:
    return IndexModel([*((field, ASCENDING) for field in equality), (instant, DESCENDING)])


def _look_up(*fields: str) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields])


_RESERVATION_FILTERS = ("status", "owner_id", "external_id", "definition_id")
INDEXES: dict[str, tuple[IndexModel, ...]] = {
    # Every commit pays for these. A resource needs none: the ids of its commits follow from their numbers. A kind is
    # the set of its types.
    EVENTS: (
        _newest_by("metadata.at"),
        *(_newest_by("metadata.at", field) for field in ("metadata.actor", "metadata.correlation_id", "events.type")),
    ),
    REFUSED_ATTEMPTS: (
        _newest_by("at"),
        *(_newest_by("at", field) for field in ("actor", "resource_type", "resource_id", "correlation_id")),
    ),
    "lablet_sessions": (
        _list_by(),
        _list_by("owner_id"),
        _list_by("worker_id"),
        _list_by("definition_id"),
        _list_by("candidate.username"),
        IndexModel([("status", ASCENDING), ("status_changed_at", DESCENDING)]),
        IndexModel([("regrading.pending", ASCENDING)], sparse=True),
        IndexModel([("promise_risk.since", ASCENDING)], sparse=True),
    ),
    "score_reports": (_look_up("lablet_session_id"),),
    "cml_workers": (
        _list_by(),
        *(_list_by(field) for field in ("status", "region", "template_name")),
        _look_up("region", "status"),
        _look_up("drift.what"),
    ),
    "lablet_definitions": (_list_by(), _list_by("status"), _list_by("name"), _look_up("outside_work")),
    "worker_templates": (_look_up("enabled"),),
    "reservations": (
        _list_by(),
        *(_list_by(field) for field in _RESERVATION_FILTERS),
        _newest_by("timeslot.start"),
        *(_newest_by("timeslot.start", field) for field in _RESERVATION_FILTERS),
    ),
    PLACEMENT_DECISIONS: (
        _newest_by("at"),
        *(_newest_by("at", field) for field in ("session_id", "worker_id", "outcome")),
    ),
    SCALING_DECISIONS: (
        _newest_by("at"),
        *(_newest_by("at", field) for field in ("worker_id", "region", "kind", "taken")),
    ),
    SCALING_STANDING: (),
    DISRUPTIONS: (_look_up("at"),),
    WARM_STARTS: (
        _look_up("definition_name", "at"),
        _look_up("at"),
        IndexModel([(WARM_STARTS_EXPIRE, ASCENDING)], expireAfterSeconds=0),
    ),
    CONTENT_PACKAGES: (IndexModel([(SEALED_WITH, ASCENDING)], sparse=True),),
    INBOUND_EVENTS: (
        _newest_by("received_at"),
        *(_newest_by("received_at", field) for field in ("status", "type", "session_id")),
        IndexModel([("due_at", ASCENDING)], sparse=True),
        IndexModel([(PARKED_FOR, ASCENDING)], sparse=True),
    ),
    "subscriptions": (
        _list_by(),
        _list_by("owner_id"),
        _list_by("status"),
        _list_by("owner_id", "status"),
        _look_up("matching"),
        _look_up("owner_id", "matching"),
        _look_up("tasks"),
    ),
    OUTBOUND_QUEUE: (
        _look_up("lane", "version", "index"),
        _look_up("subscription_id", "give_up_at"),
        _look_up("subscription_id", "next_at"),
        _look_up("queued_at"),
    ),
    OUTBOUND_DEAD_LETTERS: (
        _newest_by("dead_at"),
        _newest_by("dead_at", "owner_id"),
        _newest_by("dead_at", "subscription_id"),
    ),
    OUTBOUND_ATTEMPTS: (_newest_by("at", "subscription_id"), _newest_by("at", "subscription_id", "outcome")),
    OUTBOUND_HEALTH: (),
    SERVICE_SETTINGS: (IndexModel([(REPORTED_ON, ASCENDING)], expireAfterSeconds=int(KEPT.total_seconds())),),
    SUBSCRIPTION_SECRETS: (_look_up(SECRETS_SEALED_WITH),),
    NOTIFICATION_LOG: (
        _newest_by("opened_at"),
        *(_newest_by("opened_at", field) for field in ("subject.id", "kind", "status", "severity", "active")),
    ),
    WORKER_METRIC_HISTORY: (
        _look_up("worker_id", "tier", "start"),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ),
}


async def ensure_read_indexes(
    database: Database,
    *,
    decision_days: int = 365,
    scaling_days: int = 365,
    inbound_event_days: int = 365,
    refused_attempt_days: int = 365,
    attempt_days: int = 14,
    dead_letter_days: int = 90,
    notification_days: int = 90,
) -> None:
    """Create what is missing; safe to repeat, and from several processes at once."""
    present = set(await database.list_collection_names())
    for name, indexes in INDEXES.items():
        if name not in present:
            await create_collection(database, name)
        await database[name].create_indexes(list(indexes))
    await _keep_for(database, PLACEMENT_DECISIONS, DECIDED_AT, decision_days * _DAY_SECONDS)
    for name in (SCALING_DECISIONS, SCALING_STANDING):
        await _keep_for(database, name, SEEN_ON, scaling_days * _DAY_SECONDS)
    await _keep_for(database, DISRUPTIONS, SEEN_ON, _LONGEST_BUDGET_DAYS * _DAY_SECONDS)
    await _keep_for(database, OUTBOUND_ATTEMPTS, LOGGED_ON, attempt_days * _DAY_SECONDS)
    await _keep_for(database, OUTBOUND_DEAD_LETTERS, DEAD_ON, dead_letter_days * _DAY_SECONDS)
    await _keep_for(database, INBOUND_EVENTS, RECEIVED_ON, inbound_event_days * _DAY_SECONDS)
    await _keep_for(database, NOTIFICATION_LOG, CLEARED_ON, notification_days * _DAY_SECONDS)
    await _keep_for(database, REFUSED_ATTEMPTS, RECORDED_ON, refused_attempt_days * _DAY_SECONDS)


async def _keep_for(database: Database, collection: str, field: str, seconds: int) -> None:
    """Have documents removed so long after *field*; another length than before takes the place of the old one."""
    known = await database[collection].index_information()
    for name, index in known.items():
        if index["key"] == [(field, ASCENDING)] and index.get("expireAfterSeconds") != seconds:
            await database[collection].drop_index(name)
    await database[collection].create_index(field, expireAfterSeconds=seconds)
