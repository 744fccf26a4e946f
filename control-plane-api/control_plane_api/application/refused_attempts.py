"""Refused attempts on record: who was turned away, from what, when and why. One document for each, for a while.

They are no events: nothing changed. A caller who knocks again and again within one second at the same door fills one
document with a count, so that an attack costs the database a write a second for each thing that it tries.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from lcm_core.application.refusals import RefusedAttempt
from lcm_core.domain.json_form import instant_text

REFUSED_ATTEMPTS = "refused_attempts"
RECORDED_ON = "recorded_on"
"""The same instant as ``at``, as a date: only those does the database count days from."""

_KINDS = {
    "lablet-sessions": "lablet_session",
    "sessions": "lablet_session",
    "reservations": "reservation",
    "lablet-definitions": "lablet_definition",
    "definitions": "lablet_definition",
    "worker-templates": "worker_template",
    "workers": "cml_worker",
    "warm-pools": "warm_pool",
    "system/settings": "system_settings",
    "subscriptions": "subscription",
}
"""Kinds of aggregates by the names under which the routes of the API have them."""
_NAMED = re.compile(r" /api/(?:v1|internal)/(system/settings|[^/]+)")


def sameness_of(attempt: RefusedAttempt) -> tuple[object, ...]:
    """What two attempts have in common that fill one document."""
    who = (attempt.actor, attempt.client_id, attempt.remote_address)
    return (*who, attempt.route, attempt.resource, attempt.status, attempt.code)


def document_of(attempt: RefusedAttempt, count: int) -> dict[str, Any]:
    """Fields: ``at`` (text, UTC, of the first), ``count``, ``actor``, ``client``, ``roles``, ``method``, ``route``,
    ``resource_type``, ``resource_id``, ``status``, ``code``, ``reason``, ``remote``, ``correlation_id`` (of the first).
    """
    return {
        "_id": uuid4().hex,
        "at": instant_text(attempt.at),
        RECORDED_ON: attempt.at,
        "count": count,
        "actor": attempt.actor,
        "client": attempt.client_id,
        "roles": list(attempt.roles),
        "method": attempt.method,
        "route": attempt.route,
        "resource_type": _kind_in(attempt.route),
        "resource_id": attempt.resource,
        "status": attempt.status,
        "code": attempt.code,
        "reason": attempt.reason,
        "remote": attempt.remote_address,
        "correlation_id": attempt.correlation_id,
    }


def _kind_in(route: str) -> str | None:
    """The kind of aggregate that ``"METHOD /api/v1/lablet-sessions/{session_id}"`` is about, as its stream names it."""
    named = _NAMED.search(route)
    return _KINDS.get(named[1]) if named is not None else None
