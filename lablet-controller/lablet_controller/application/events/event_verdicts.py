"""What is to become of an event that was not applied: parked, tried again, ignored, or a dead letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from pydantic import ValidationError

from lablet_controller.application.events.inbound_events import NotYetApplicable
from lcm_core.contracts.inbound_events import InboundEventRecord, InboundEventStatus, InboundVerdict
from lcm_core.domain.errors import (
    Conflict,
    DomainError,
    FarEndError,
    InvalidInput,
    LcmError,
    NotFound,
    StaleLeader,
    VersionConflict,
)

_S = InboundEventStatus
_LONGEST_REASON = 1900

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IngestPolicy:
    """*apply_seconds* is spent on applying before a sender is answered.

    An early event is looked at again when its session moves, and every *parked_look_seconds* all the same, until
    *parked_seconds* after it came. As long it is tried again while another system is away; one that fails otherwise is
    tried *attempts* times.
    """

    apply_seconds: float = 5
    parked_seconds: float = 7200
    parked_look_seconds: float = 60
    attempts: int = 10
    longest_pause_seconds: float = 60


def verdict_on(error: Exception, record: InboundEventRecord, policy: IngestPolicy, now: datetime) -> InboundVerdict:
    """The verdict that *error* means for *record* at *now*."""
    match error:
        case NotYetApplicable():
            return _early(error, record, policy, now)
        case ValidationError():
            return _final(record, _S.DEAD_LETTERED, f"its data is not valid: {_told(error)}")
        case NotFound():
            return _final(record, _S.IGNORED, f"unknown session: {error.message}")
        case FarEndError() if error.retryable:
            return _again(record, policy, now, error.message, outage=True)
        case VersionConflict() | StaleLeader() | FarEndError():
            return _again(record, policy, now, error.message)
        case DomainError() | InvalidInput() | Conflict():
            return _final(record, _S.DEAD_LETTERED, error.message)
        case TimeoutError():
            return _again(record, policy, now, "an answer did not come in time", outage=True)
        case LcmError():
            return _again(record, policy, now, error.message)
        case _:
            log.error("inbound_event_broke", event_id=record.event_id, event_type=record.type, exc_info=error)
            return _again(record, policy, now, f"{type(error).__name__}, see the log of lablet-controller")


def _early(error: NotYetApplicable, record: InboundEventRecord, policy: IngestPolicy, now: datetime) -> InboundVerdict:
    left = _seconds_left(record, now)
    if left is not None and left <= 0:
        waited = (now - record.received_at).total_seconds()
        reason = f"still too early {waited:.0f} s after it came: {error.why}"
        return _final(record, _S.DEAD_LETTERED, reason, error.session_id)
    return InboundVerdict(
        id=record.id,
        status=_S.PARKED,
        reason=f"it came early: {error.why}"[:_LONGEST_REASON],
        session_id=error.session_id,
        # Soon at first: the session may have moved while the event was being looked at.
        retry_seconds=_within(left, min(policy.parked_look_seconds, 5 * 2.0 ** min(record.attempts, 10))),
    )


def _again(
    record: InboundEventRecord, policy: IngestPolicy, now: datetime, reason: str, *, outage: bool = False
) -> InboundVerdict:
    left = _seconds_left(record, now)
    tried = record.attempts + 1
    if (tried >= policy.attempts and not outage) or (left is not None and left <= 0):
        return _final(record, _S.DEAD_LETTERED, f"given up after {tried} attempts: {reason}")
    return InboundVerdict(
        id=record.id,
        # One that was parked stays with its session.
        status=record.status if record.is_open else _S.RECEIVED,
        reason=reason[:_LONGEST_REASON],
        session_id=record.session_id,
        retry_seconds=_within(left, min(policy.longest_pause_seconds, 2.0 ** min(record.attempts, 10))),
    )


def _final(
    record: InboundEventRecord, status: InboundEventStatus, reason: str, session_id: str | None = None
) -> InboundVerdict:
    told = reason[:_LONGEST_REASON]
    return InboundVerdict(id=record.id, status=status, reason=told, session_id=session_id or record.session_id)


def _seconds_left(record: InboundEventRecord, now: datetime) -> float | None:
    return (record.give_up_at - now).total_seconds() if record.give_up_at is not None else None


def _within(left: float | None, seconds: float) -> float:
    return seconds if left is None else max(0.0, min(left, seconds))


def _told(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()[:10])
