"""What etcd holds and tells, as plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from lcm_core.domain.errors import FarEndError


class EtcdUnavailable(FarEndError):
    """etcd did not answer, or has no quorum, within the deadline."""

    def __init__(self, endpoints: str, doing: str, why: str) -> None:
        super().__init__(
            "etcd",
            f"etcd at {endpoints} did not answer while {doing}: {why}.",
            retryable=True,
            code="etcd-unavailable",
            facts={"doing": doing},
        )


class EtcdRefused(FarEndError):
    """etcd answered that the request cannot be done; trying again will not help."""

    def __init__(self, doing: str, why: str) -> None:
        super().__init__("etcd", f"etcd refused {doing}: {why}.", retryable=False, code="etcd-refused")


@dataclass(frozen=True, slots=True)
class KeyValue:
    """One key. *create_revision* is when it came into being, *mod_revision* when it was last written.

    *version* counts the writes since it came into being.
    """

    key: str
    value: bytes
    create_revision: int
    mod_revision: int
    version: int
    lease_id: int

    @property
    def text(self) -> str:
        return self.value.decode()

    def json(self) -> Any:
        """The value parsed as JSON; raises ``ValueError``."""
        return json.loads(self.value)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All keys that were asked for, as they were at *revision*."""

    items: tuple[KeyValue, ...]
    revision: int


class WatchEventKind(StrEnum):
    PUT = "put"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """A key was written or deleted; for a deletion *kv* has the key, the revision and no value."""

    kind: WatchEventKind
    kv: KeyValue


@dataclass(frozen=True, slots=True)
class WatchBatch:
    """Events in the order in which they happened, up to *revision*; never part of a transaction only."""

    events: tuple[WatchEvent, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class WatchResync:
    """What happened cannot be told one by one: this is all there is now, and replaces what was known.

    A key that was known and is not among *items* has been deleted.
    """

    items: tuple[KeyValue, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class Lease:
    """*ttl_seconds* is what etcd granted, which may be more than was asked for."""

    id: int
    ttl_seconds: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A transaction goes ahead when *field* of *key* equals *value*; 0 as a revision means «does not exist»."""

    key: str
    field: Literal["create_revision", "mod_revision", "version", "lease"]
    value: int


@dataclass(frozen=True, slots=True)
class Put:
    key: str
    value: bytes
    lease_id: int = 0


@dataclass(frozen=True, slots=True)
class Delete:
    key: str


@dataclass(frozen=True, slots=True)
class Get:
    key: str


Operation = Put | Delete | Get


@dataclass(frozen=True, slots=True)
class TxnResult:
    """*found* holds what each ``Get`` of the branch that ran saw, in order, None for a key that does not exist."""

    succeeded: bool
    revision: int
    found: tuple[KeyValue | None, ...]
