"""Every resource that ``get``, ``list``, ``describe`` and ``watch`` know."""

from __future__ import annotations

from difflib import get_close_matches

from lcm_core.cli.api.problem import UsageProblem
from lcm_core.cli.resources.cells import ago, count, counts, event_types, moment, room, status
from lcm_core.cli.resources.resource import Column, Resource, Section

_ID, _STATUS, _NAME = Column("id", "id"), Column("status", "status", status), Column("name", "name")
_CREATED = Column("age", "created_at", ago)

SESSIONS = Resource(
    "sessions", "session", "/api/v1/lablet-sessions", help="Labs of learners, from booking to score.",
    item="/api/v1/lablet-sessions/{id}", kind="lablet_session", aliases=("lablet-sessions",),
    sparse=True,
    columns=(_ID, _STATUS, Column("definition", "definition_name"), Column("learner", "candidate.username"),
             Column("start", "timeslot.start", moment), Column("worker", "worker_id"),
             Column("outcome", "outcome", status), Column("score", "score"), _CREATED),
    filters=("status", "worker_id", "definition_id", "username", "sort"),
    facts=(_STATUS, Column("why it waits", "pending_reason"), Column("outcome", "outcome", status),
           Column("reason", "outcome_reason"), Column("definition", "definition_name"),
           Column("version", "definition_version"), Column("learner", "candidate.username"),
           Column("owner", "owner_id"), Column("reservation", "reservation_id"),
           Column("start", "timeslot.start", moment),
           Column("end", "timeslot.end", moment), Column("worker", "worker_id"), Column("lab", "cml_lab_id"),
           Column("asks for", "requirements", room), Column("login", "login_url"), Column("score", "score"),
           Column("of", "max_score"), Column("passed", "passed"), Column("promise at risk", "promise_risk.reason")),
    sections=(
        Section("Life cycle", (Column("at", "at", moment), Column("from", "source"), Column("to", "target", status),
                               Column("by", "by"), Column("reason", "reason")), path="state_history"),
        Section("Steps", (Column("pipeline", "pipeline"), Column("step", "step"), Column("status", "status", status),
                          Column("attempts", "attempts"), Column("seconds", "duration_seconds"),
                          Column("error", "error")), path="steps"),
        Section("Nodes", (Column("node", "label"), Column("state", "state"), Column("converged", "converged"),
                          Column("since", "since", moment)), path="lab_nodes"),
        Section("Ports", (Column("node", "node_label"), Column("protocol", "protocol"), Column("inner", "inner"),
                          Column("outer", "outer")), path="allocated_ports"),
        Section("Placement decisions", (Column("at", "at", moment), Column("outcome", "outcome"),
                                        Column("worker", "worker_id"), Column("summary", "summary")),
                route="/api/v1/lablet-sessions/{id}/placement-decisions"),
    ),
)  # fmt: skip
RESERVATIONS = Resource(
    "reservations", "reservation", "/api/v1/reservations", help="Bookings and the sessions they led to.",
    item="/api/v1/reservations/{id}", kind="reservation", within="reservation", aliases=("bookings", "booking"),
    sparse=True,
    columns=(_ID, _STATUS, Column("learner", "candidate.username"), Column("definition", "definition_id"),
             Column("start", "timeslot.start", moment), Column("sessions", "session_ids"),
             Column("external id", "external_id"), _CREATED),
    filters=("status", "external_id", "from", "to", "sort"),
    facts=(_STATUS, Column("owner", "owner_id"), Column("learner", "candidate.username"),
           Column("definition", "definition_id"), Column("start", "timeslot.start", moment),
           Column("end", "timeslot.end", moment), Column("time zone", "time_zone"), Column("batch", "batch_id"),
           Column("external id", "external_id"), Column("cancelled because", "cancel_reason"),
           Column("sessions", "session_ids")),
)  # fmt: skip
DEFINITIONS = Resource(
    "definitions", "definition", "/api/v1/lablet-definitions", help="Labs that can be booked, one version each.",
    item="/api/v1/lablet-definitions/{id}", kind="lablet_definition", aliases=("lablet-definitions",),
    sparse=True,
    columns=(_ID, _NAME, Column("version", "semantic_version"), _STATUS, Column("nodes", "node_count"),
             Column("asks for", "requirements", room), Column("content", "sync.status", status), _CREATED),
    filters=("status", "name", "search", "sort"),
    facts=(_NAME, Column("title", "title"), Column("version", "semantic_version"), _STATUS,
           Column("form", "form_qualified_name"), Column("asks for", "requirements", room),
           Column("nodes", "node_count"), Column("links", "link_count"), Column("licences", "license_affinity"),
           Column("longest minutes", "max_duration_minutes"), Column("graded", "grading_enabled"),
           Column("bucket", "content_bucket"), Column("content hash", "content_hash"),
           Column("content", "sync.status", status), Column("content error", "sync.error"),
           Column("proposed version", "proposal.semantic_version"), Column("replaced by", "replaced_by")),
    sections=(
        Section("Problems of its content", (Column("path", "path"), Column("problem", "message")),
                path="sync.problems"),
        Section("Proposed changes", (Column("level", "level"), Column("what", "what"), Column("name", "name"),
                                     Column("change", "change"), Column("detail", "detail")), path="proposal.changes"),
        Section("Ports", (Column("node", "node_label"), Column("protocol", "protocol"), Column("inner", "inner")),
                path="port_requests"),
    ),
)  # fmt: skip
WORKERS = Resource(
    "workers", "worker", "/api/v1/workers", help="Hosts that run labs.", item="/api/v1/workers/{id}",
    kind="cml_worker",
    sparse=True,
    columns=(_ID, _NAME, _STATUS, Column("wanted", "desired_status"), Column("placeable", "placeable"),
             Column("sessions", "allocations", count), Column("region", "region"), Column("type", "instance_type"),
             Column("cml", "cml_version"), _CREATED),
    filters=("status", "sort"),
    facts=(_NAME, _STATUS, Column("wanted", "desired_status"), Column("placeable", "placeable"),
           Column("health", "health_reason"), Column("failure", "failure"), Column("drained because", "drain_reason"),
           Column("drain deadline", "drain_deadline_at", moment), Column("template", "template_name"),
           Column("region", "region"), Column("type", "instance_type"), Column("instance", "ec2_instance_id"),
           Column("address", "private_ip"), Column("cml", "cml_version"), Column("licence", "license.status", status),
           Column("licence expires", "license.expires_at", moment), Column("declared", "declared", room),
           Column("cpu %", "metrics.cpu_percent"), Column("memory %", "metrics.memory_percent"),
           Column("disk %", "metrics.storage_percent"), Column("seen", "metrics.observed_at", ago)),
    sections=(
        Section("Sessions", (Column("session", "session_id"), Column("from", "interval.start", moment),
                             Column("to", "interval.end", moment), Column("room", "vector", room)),
                path="allocations"),
        Section("Prepared labs", (Column("id", "id"), Column("definition", "definition_name"), _STATUS),
                path="prepared_labs"),
        Section("Drift", (Column("what", "what"), Column("declared", "declared"), Column("measured", "measured"),
                          Column("since", "since", moment)), path="drift"),
        Section("Launches", (Column("at", "at", moment), Column("type", "instance_type"), Column("outcome", "outcome"),
                             Column("reason", "reason")), path="launch_attempts"),
    ),
)  # fmt: skip
TEMPLATES = Resource(
    "templates", "template", "/api/v1/worker-templates", help="Kinds of workers that may be opened.",
    item="/api/v1/worker-templates/{id}", kind="worker_template", aliases=("worker-templates",),
    columns=(_ID, _NAME, Column("region", "region"), Column("type", "instance_type"),
             Column("room", "capacity", room), Column("licence", "license_type"),
             Column("$/h", "cost_per_hour_usd"), Column("enabled", "enabled")),
    facts=(_NAME, Column("description", "description"), Column("version", "version"), Column("region", "region"),
           Column("type", "instance_type"), Column("room", "capacity", room), Column("licence", "license_type"),
           Column("$/h", "cost_per_hour_usd"), Column("starts in seconds", "startup_seconds"),
           Column("drains in seconds", "drain_timeout_seconds"), Column("enabled", "enabled"),
           Column("warnings", "warnings")),
)  # fmt: skip
WARM_POOLS = Resource(
    "warm-pools", "warm-pool", "/api/v1/warm-pools", help="Labs that stand prepared.", item="/api/v1/warm-pools/{id}",
    aliases=("pools", "pool"), kind="warm_pool", id_path="pool.id", filters=("definition_name",),
    columns=(Column("id", "pool.id"), Column("definition", "pool.definition_name"),
             Column("status", "pool.status", status), Column("target", "target"), Column("ready", "ready"),
             Column("preparing", "preparing"), Column("claimed", "claimed"), Column("hits", "measures.hits"),
             Column("misses", "measures.misses")),
    facts=(Column("definition", "pool.definition_name"), Column("status", "pool.status", status),
           Column("reason", "pool.status_reason"), Column("depth", "pool.policy.depth"), Column("target", "target"),
           Column("hits", "measures.hits"), Column("misses", "measures.misses_by_reason", counts)),
    sections=(Section("Labs", (Column("lab", "lab.id"), Column("worker", "worker_name"),
                               Column("status", "lab.status", status)), path="labs"),),
)  # fmt: skip
SETTINGS = Resource(
    "settings", "setting", "/api/v1/system/settings", help="How the fleet is run.", only_one=True,
    kind="system_settings",
    columns=(Column("version", "version"), Column("workers a region", "policy.max_workers_per_region"),
             Column("horizon days", "policy.booking_horizon_days"),
             Column("least lead s", "policy.least_lead_seconds"),
             Column("host loss", "policy.host_loss.action")),
    facts=(Column("version", "version"), Column("policy", "policy")),
)  # fmt: skip
INBOUND_EVENTS = Resource(
    "inbound-events", "inbound-event", "/api/v1/inbound-events", help="CloudEvents of LDS and grading, as received.",
    item="/api/v1/inbound-events/{id}", aliases=("inbound",),
    sparse=True,
    columns=(_ID, _STATUS, Column("type", "type"), Column("session", "session_id"), Column("attempts", "attempts"),
             Column("reason", "reason"), Column("age", "received_at", ago)),
    filters=("status", "type", "session_id"),
    facts=(_STATUS, Column("type", "type"), Column("source", "source"), Column("event id", "event_id"),
           Column("session", "session_id"), Column("received", "received_at", moment), Column("attempts", "attempts"),
           Column("reason", "reason"), Column("data", "data")),
    sections=(Section("Replays", (Column("at", "at", moment), Column("by", "by")), path="replays"),),
)  # fmt: skip
SCALING_DECISIONS = Resource(
    "scaling-decisions", "scaling-decision", "/api/v1/scaling-decisions", help="Why the fleet grew, shrank or stayed.",
    aliases=("scaling",),
    sparse=True,
    columns=(_ID, Column("at", "at", moment), Column("kind", "kind"), Column("taken", "taken"),
             Column("worker", "worker_name"), Column("region", "region"), Column("by", "decided_by"),
             Column("summary", "summary")),
    filters=("worker_id", "region", "kind", "taken", "from", "to"),
    facts=(Column("at", "at", moment), Column("kind", "kind"), Column("taken", "taken"),
           Column("worker", "worker_name"), Column("summary", "summary"), Column("inputs", "inputs")),
    sections=(Section("Guards", (Column("guard", "name"), Column("passes", "passes"), Column("why", "why")),
                      path="answers"),),
)  # fmt: skip
DECISIONS = Resource(
    "decisions", "decision", "/api/v1/scheduler/decisions", help="Why a session was placed where it is, or not.",
    item="/api/v1/scheduler/decisions/{id}", within="decision", aliases=("placement-decisions",),
    sparse=True,
    columns=(_ID, Column("at", "at", moment), Column("outcome", "outcome"), Column("worker", "worker_id"),
             Column("refused by", "reason_counts", counts), Column("summary", "summary")),
    filters=("session_id", "worker_id", "outcome", "from", "to", "sort"),
    facts=(Column("at", "at", moment), Column("outcome", "outcome"), Column("worker", "worker_id"),
           Column("refused by", "reason_counts", counts), Column("summary", "summary"),
           Column("engine", "engine_version")),
    sections=(Section("Candidates", (Column("worker", "worker_name"), Column("eligible", "eligible"),
                                     Column("score", "score"), Column("why not", "reason_code"),
                                     Column("detail", "detail")), path="candidates"),),
)  # fmt: skip
SUBSCRIPTIONS = Resource(
    "subscriptions", "subscription", "/api/v1/subscriptions", help="Who is told of events by webhook.",
    item="/api/v1/subscriptions/{id}", within="subscription", aliases=("webhooks", "webhook"), kind="subscription",
    sparse=True,
    columns=(_ID, _STATUS, Column("url", "url"), Column("types", "filter.types"),
             Column("owner", "owner_id"), _CREATED),
    filters=("status",),
    facts=(_STATUS, Column("why", "status_reason"), Column("url", "url"), Column("filter", "filter"),
           Column("description", "description"), Column("owner", "owner_id"), Column("purpose", "purpose"),
           Column("validated", "validated_at", moment), Column("most a minute", "allowed_rate")),
    sections=(
        Section("Keys", (_ID, _CREATED, Column("expires", "expires_at", moment)), path="keys"),
        Section("Deliveries", (Column("at", "at", moment), Column("event", "event_id"), Column("type", "type"),
                               Column("attempt", "attempt"), Column("outcome", "outcome", status),
                               Column("answer", "status_code"), Column("error", "error")),
                route="/api/v1/subscriptions/{id}/deliveries"),
    ),
)  # fmt: skip
DEAD_LETTERS = Resource(
    "dead-letters", "dead-letter", "/api/v1/inbound-events", help="Inbound events that could not be applied.",
    item="/api/v1/inbound-events/{id}", always=(("status", "dead_lettered"),), filters=("type", "session_id"),
    sparse=True,
    columns=(_ID, Column("event id", "event_id"), Column("type", "type"), Column("source", "source"),
             Column("subject", "subject"),
             Column("reason", "reason"), Column("age", "received_at", ago)),
    facts=(Column("event id", "event_id"), Column("type", "type"), Column("source", "source"),
           Column("subject", "subject"), Column("reason", "reason"), Column("received", "received_at", moment),
           Column("data", "data")),
)  # fmt: skip
OUTBOUND_DEAD_LETTERS = Resource(
    "outbound-dead-letters", "outbound-dead-letter", "/api/v1/outbound-dead-letters",
    help="Events that a subscriber did not take.",
    sparse=True,
    columns=(_ID, Column("type", "type"), Column("subject", "subject"), Column("subscription", "subscription_id"),
             Column("attempts", "attempts"), Column("reason", "reason"), Column("age", "dead_at", ago)),
    filters=("subscription_id",),
)  # fmt: skip
AUDIT = Resource(
    "audit", "audit-entry", "/api/v1/audit", help="Who did what, when, from where and why; refused attempts too.",
    item="/api/v1/audit/{id}", within="entry",
    columns=(Column("at", "at", moment), Column("outcome", "outcome"), Column("actor", "actor"),
             Column("from", "remote"), Column("what", "resource_type"), Column("which", "resource_id"),
             Column("events", "events", event_types), Column("refused", "code"), Column("times", "count"),
             Column("reason", "reason")),
    filters=("actor", "resource_type", "resource_id", "event_type", "correlation_id", "outcome", "from", "to"),
    facts=(Column("at", "at", moment), Column("outcome", "outcome"), Column("actor", "actor"),
           Column("client", "client"), Column("from", "remote"), Column("reason", "reason"),
           Column("what", "resource_type"), Column("which", "resource_id"), Column("version", "version"),
           Column("method", "method"), Column("route", "route"), Column("answered", "status"), Column("code", "code"),
           Column("times", "count"), Column("correlation", "correlation_id"), Column("caused by", "causation_id")),
    sections=(Section("Events", (Column("type", "type"), Column("data", "data")), path="events"),),
)  # fmt: skip
CAPACITY = Resource(
    "capacity", "capacity", "/api/v1/capacity", help="Room of the fleet, now.", only_one=True,
    columns=(Column("declared", "declared", room), Column("allocated", "allocated_now", room),
             Column("available", "available_now", room), Column("workers", "workers_by_status", counts)),
    facts=(Column("as of", "as_of", moment), Column("declared", "declared", room),
           Column("allocated", "allocated_now", room), Column("available", "available_now", room)),
    sections=(Section("Workers", (_NAME, _STATUS, Column("placeable", "placeable"), Column("sessions", "sessions"),
                                  Column("available", "available_now", room)), path="workers"),),
)  # fmt: skip
LEADERS = Resource(
    "leaders", "leader", "/api/v1/scheduler/leaders", help="Which instance of each controller leads.",
    id_path="service",
    columns=(Column("service", "service"), Column("instance", "instance"), Column("epoch", "epoch"),
             Column("since", "since", moment)),
)  # fmt: skip
STRAYS = Resource(
    "strays", "stray", "/api/v1/stray-instances", help="Instances in the cloud that belong to nobody.",
    aliases=("stray-instances",), id_path="ec2_instance_id",
    columns=(Column("instance", "ec2_instance_id"), Column("kind", "kind"), Column("region", "region"),
             Column("state", "state"), Column("seen", "seen_at", ago), Column("decided", "decision.verdict"),
             Column("why left", "why_left"), Column("what to do", "what_to_do")),
)  # fmt: skip
RECONCILERS = Resource(
    "reconcilers", "reconciler", "/api/v1/reconcilers", help="The controllers, and whether they are paused.",
    id_path="service",
    columns=(Column("service", "service"), Column("paused", "paused"), Column("in effect", "in_effect"),
             Column("leader", "leader"), Column("waiting", "waiting"), Column("in flight", "in_flight"),
             Column("failing", "failing"), Column("by", "pause.by"), Column("reason", "pause.reason")),
)  # fmt: skip
NOTIFICATIONS = Resource(
    "notifications", "notification", "/api/v1/notifications", help="What needs an operator, and what did.",
    item="/api/v1/notifications/{id}",
    sparse=True,
    columns=(_ID, Column("severity", "severity", status), _STATUS, Column("what", "title"),
             Column("about", "subject.name"), Column("known to", "acknowledged.by"), Column("since", "opened_at", ago)),
    filters=("status", "active", "severity", "kind", "sort"),
    facts=(Column("severity", "severity", status), _STATUS, Column("what", "title"), Column("matter", "text"),
           Column("what to do", "advice"), Column("about", "subject.name"), Column("counts", "count"),
           Column("since", "opened_at", moment), Column("until", "cleared_at", moment),
           Column("known to", "acknowledged.by"), Column("note", "acknowledged.note")),
    sections=(Section("Which", (Column("kind", "kind"), Column("id", "id"), _NAME), path="things"),),
)  # fmt: skip

RESOURCES = (
    SESSIONS, RESERVATIONS, DEFINITIONS, WORKERS, TEMPLATES, WARM_POOLS, SETTINGS, INBOUND_EVENTS, SCALING_DECISIONS,
    DECISIONS, SUBSCRIPTIONS, DEAD_LETTERS, OUTBOUND_DEAD_LETTERS, AUDIT, CAPACITY, LEADERS, STRAYS, RECONCILERS,
    NOTIFICATIONS,
)  # fmt: skip
_BY_NAME = {name: resource for resource in RESOURCES for name in resource.names}


def resource_named(name: str) -> Resource:
    """Singular, plural or another name of it. Raises UsageProblem with the nearest that there is."""
    found = _BY_NAME.get(name.lower())
    if found is not None:
        return found
    near = get_close_matches(name.lower(), _BY_NAME, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(each.name for each in RESOURCES)}."
    raise UsageProblem(f"There is no resource {name!r}. {hint}")
