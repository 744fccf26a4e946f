"""A commit, and a refused attempt, as entries of the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lcm_core.contracts.audit import AuditedEvent, AuditEntry, AuditOutcome
from lcm_core.domain.commit import Commit


def entry_of(commit: Commit) -> AuditEntry:
    said = commit.metadata
    return AuditEntry(
        id=commit.id,
        outcome=AuditOutcome.CHANGED,
        at=said.at,
        actor=said.actor,
        client=said.client,
        remote=said.remote,
        reason=said.reason or _reason_in(commit),
        correlation_id=said.correlation_id,
        causation_id=said.causation_id,
        leader_service=said.leader_service,
        leader_epoch=said.leader_epoch,
        resource_type=commit.kind,
        resource_id=commit.aggregate_id,
        version=commit.version,
        events=[AuditedEvent(type=event.type, data=event.data) for event in commit.events],
    )


def refusal_of(document: Mapping[str, Any]) -> AuditEntry:
    """*document* as the collection of refused attempts holds it."""
    return AuditEntry(
        id=str(document["_id"]),
        outcome=AuditOutcome.REFUSED,
        at=document["at"],
        actor=document.get("actor") or "",
        client=document.get("client"),
        remote=document.get("remote"),
        reason=document.get("reason"),
        correlation_id=document.get("correlation_id") or "",
        resource_type=document.get("resource_type"),
        resource_id=document.get("resource_id"),
        method=document.get("method"),
        route=document.get("route"),
        status=document.get("status"),
        code=document.get("code"),
        count=document.get("count", 1),
    )


def _reason_in(commit: Commit) -> str | None:
    """Many commands keep the reason in their event; the first that has one tells."""
    reasons = (event.data.get("reason") for event in commit.events)
    return next((reason for reason in reasons if isinstance(reason, str) and reason), None)
