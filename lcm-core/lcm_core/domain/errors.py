"""Every error that LCM raises on purpose.

    LcmError
    ├── InvalidInput            what was sent cannot be used; lists each problem with its path
    ├── NotFound                no such thing
    │   └── NotYours            there is, and it belongs to somebody else; told as if there were none
    ├── DomainError             a rule of the domain said no
    │   ├── IllegalTransition   the state machine has no such step
    │   ├── RuleViolation       a business rule forbids it now
    │   │   └── InvariantViolated   it would leave the aggregate inconsistent
    │   └── CapacityRefused     there is no room, with the facts why
    ├── Conflict                somebody else was faster, or it is there already
    │   ├── VersionConflict     the stream moved on since it was read
    │   └── DuplicateDocument   a document with that identity exists
    ├── StaleLeader             written by a leader that has been replaced
    ├── StoredDataError         what the store holds cannot be read back
    │   └── UnknownEventType    no event of that name and version is registered
    └── FarEndError             another system failed; says whether trying again can help
        └── StoreUnavailable    the database does not answer; nothing was written
            └── CommitOutcomeUnknown    it went silent between commit and answer

``code`` is stable and machine-readable (kebab-case); the message is for people: what happened, to what, why, what to
do. ``facts`` holds the same in JSON, for problem details and logs. Nothing here holds a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

Facts = dict[str, JsonValue]


class LcmError(Exception):
    """Root of the tree."""

    def __init__(self, message: str, *, code: str, facts: Facts | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.facts: Facts = dict(facts or {})

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class InputProblem:
    """One thing wrong with an input; *path* is a JSON pointer, "" for the whole. *location* is where it was sent."""

    path: str
    message: str
    location: str = "body"


class InvalidInput(LcmError):
    def __init__(self, errors: Sequence[InputProblem], *, what: str = "input", code: str = "invalid-input") -> None:
        if not errors:
            raise ValueError("InvalidInput needs at least one problem to tell")
        told = "; ".join(
            f"{problem.path}: {problem.message}" if problem.path else problem.message for problem in errors
        )
        listed: list[JsonValue] = [{"path": problem.path, "message": problem.message} for problem in errors]
        super().__init__(f"The {what} is not valid: {told}", code=code, facts={"errors": listed})
        self.errors = tuple(errors)


class NotFound(LcmError):
    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"There is no {kind} {id!r}.", code="not-found", facts={"kind": kind, "id": id})
        self.kind = kind
        self.id = id


class NotYours(NotFound):
    """The caller is told what ``NotFound`` tells; *owner_id* is for the record of refused attempts."""

    def __init__(self, kind: str, id: str, owner_id: str) -> None:
        super().__init__(kind, id)
        self.owner_id = owner_id


class DomainError(LcmError):
    """A rule refused the request; sending it again unchanged will not help until the world changes."""


class IllegalTransition(DomainError):
    def __init__(self, kind: str, id: str, source: str, target: str, why: str = "") -> None:
        reason = f": {why}" if why else ": its state machine has no such step"
        super().__init__(
            f"{kind} {id!r} cannot go from {source} to {target}{reason}.",
            code="illegal-transition",
            facts={"kind": kind, "id": id, "from": source, "to": target, "why": why},
        )
        self.kind = kind
        self.id = id
        self.source = source
        self.target = target
        self.why = why


class RuleViolation(DomainError):
    """A business rule, named by *code*, forbids it now."""

    def __init__(self, message: str, *, code: str, facts: Facts | None = None) -> None:
        super().__init__(message, code=code, facts=facts)


class InvariantViolated(RuleViolation):
    """It would leave the aggregate inconsistent: a defect in the caller, never bad luck."""


class CapacityRefused(DomainError):
    """There is no room; the facts say why, and where there is some."""

    def __init__(self, message: str, *, facts: Facts | None = None) -> None:
        super().__init__(message, code="capacity-refused", facts=facts)


class Conflict(LcmError):
    """The request met a concurrent or an earlier one; read again, then decide."""

    def __init__(self, message: str, *, code: str = "conflict", facts: Facts | None = None) -> None:
        super().__init__(message, code=code, facts=facts)


class VersionConflict(Conflict):
    def __init__(self, stream: str, expected: int) -> None:
        super().__init__(
            f"{stream} has changed since version {expected} was read; read it again and repeat the request.",
            code="version-conflict",
            facts={"stream": stream, "expected_version": expected},
        )
        self.stream = stream
        self.expected = expected


class DuplicateDocument(Conflict):
    """*index* names the broken uniqueness: ``_id_`` unless another unique index refused the document."""

    def __init__(self, collection: str, id: str, *, index: str = "_id_") -> None:
        super().__init__(
            f"{collection} already holds {id!r}; it was handled before.",
            code="duplicate-document",
            facts={"collection": collection, "id": id, "index": index},
        )
        self.collection = collection
        self.id = id
        self.index = index


class StaleLeader(LcmError):
    def __init__(self, service: str, epoch: int, current: int) -> None:
        super().__init__(
            f"A leader of {service} with epoch {epoch} has been replaced by epoch {current}; "
            "its write was refused. Stand for election again before writing.",
            code="stale-leader",
            facts={"service": service, "epoch": epoch, "current_epoch": current},
        )
        self.service = service
        self.epoch = epoch
        self.current = current


class StoredDataError(LcmError):
    def __init__(self, message: str, *, code: str = "stored-data-unreadable", facts: Facts | None = None) -> None:
        super().__init__(message, code=code, facts=facts)


class UnknownEventType(StoredDataError):
    def __init__(self, wire_type: str, why: str = "no event of that name and version is registered") -> None:
        super().__init__(
            f"Cannot read event {wire_type!r}: {why}. Is this an older release than the one that wrote it?",
            code="unknown-event-type",
            facts={"type": wire_type, "why": why},
        )
        self.wire_type = wire_type


class FarEndError(LcmError):
    """Another system failed. *retryable* says whether the same call may succeed later."""

    def __init__(
        self, system: str, message: str, *, retryable: bool, code: str = "far-end-failed", facts: Facts | None = None
    ) -> None:
        super().__init__(message, code=code, facts={"system": system, "retryable": retryable, **(facts or {})})
        self.system = system
        self.retryable = retryable


class StoreUnavailable(FarEndError):
    def __init__(self, doing: str, why: str) -> None:
        super().__init__(
            "mongodb",
            f"The database did not answer while {doing}: {why}. Nothing was half-written; try again.",
            retryable=True,
            code="store-unavailable",
            facts={"doing": doing, "why": why},
        )


class CommitOutcomeUnknown(StoreUnavailable):
    """The one case in which nobody can say whether the commit happened. Repeating needs an idempotency key."""

    def __init__(self, commit: str, why: str) -> None:
        super().__init__(f"committing {commit}", why)
        self.code = "commit-outcome-unknown"
        self.retryable = False
        self.facts["retryable"] = False
        self.message = (
            f"The database went silent while committing {commit} ({why}), so the change may or may not be stored. "
            "Look before repeating it, or repeat it with the same idempotency key."
        )
