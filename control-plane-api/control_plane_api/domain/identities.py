"""Ids that follow from what a thing is: no query to find it, and two who make it at once meet on one stream."""

from __future__ import annotations

from uuid import UUID, uuid5

from lcm_core.domain.json_form import instant_text
from lcm_core.domain.notifications import NotificationKind, Thing
from lcm_core.domain.read_models import ScalingFinding

_NAMESPACE = UUID("6f1d6c52-52d8-5f5e-9a0c-0f5d0f6f2c11")


def _derived(*parts: str) -> str:
    # The unit separator cannot occur in a name, so ("a", "b/c") and ("a/b", "c") stay two things.
    return str(uuid5(_NAMESPACE, "\x1f".join(parts)))


def definition_id(name: str, semantic_version: str) -> str:
    return _derived("lablet_definition", name, semantic_version)


def worker_template_id(name: str) -> str:
    return _derived("worker_template", name)


def reservation_id(owner_id: str, external_id: str) -> str:
    """The booking that *owner_id* knows as *external_id*."""
    return _derived("reservation", owner_id, external_id)


def session_id(reservation: str) -> str:
    """The session that serves a reservation."""
    return _derived("lablet_session", reservation)


def worker_id(key: str, number: int) -> str:
    """The *number*-th worker under a key."""
    return _derived("cml_worker", key, str(number))


def user_session_id(lds_session_id: str) -> str:
    return _derived("user_session", lds_session_id)


def grading_session_id(lablet_session_id: str, attempt: int = 1) -> str:
    return _derived("grading_session", lablet_session_id, *_beyond_the_first(attempt))


def score_report_id(lablet_session_id: str, attempt: int = 1) -> str:
    """One per grading: a second report of the same one meets the first."""
    return _derived("score_report", lablet_session_id, *_beyond_the_first(attempt))


def evidence_id(lablet_session_id: str, collection: int = 1) -> str:
    """What each collection brought is kept."""
    return lablet_session_id if collection == 1 else f"{lablet_session_id}#{collection}"


def _beyond_the_first(number: int) -> tuple[str, ...]:
    return () if number == 1 else (str(number),)


def scaling_decision_id(finding: ScalingFinding) -> str:
    """The same decision told twice is one."""
    return _derived("scaling_decision", finding.kind.value, finding.subject, instant_text(finding.at))


def warm_pool_id(definition_name: str) -> str:
    """One pool for all versions of a definition."""
    return _derived("warm_pool", definition_name)


def sink_id(owner_id: str, url: str) -> str:
    """The subscription of an owner whose bookings name *url* as their sink."""
    return _derived("sink", owner_id, url)


def notification_id(kind: NotificationKind, subject: Thing) -> str:
    """What is told of one thing under one kind: two who notice the same meet on one stream."""
    return _derived("notification", kind.value, subject.kind, subject.id)


CONFIGURED_SINK_ID = _derived("configured_sink")
"""The subscription that the settings ask for."""
NAMED_BY_THE_SETTINGS = "named by the settings"
"""Why it is asked nothing."""

SYSTEM_SETTINGS_ID = "default"
MAINTENANCE_ID = "maintenance"
