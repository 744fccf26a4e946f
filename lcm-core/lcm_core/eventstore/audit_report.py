"""What an audit finds, and what an invariant must look like to take part in one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.events import DomainEvent

MOST_ANCHOR_FINDINGS = 10_000


class FindingKind(StrEnum):
    MISSING_COMMIT = "missing-commit"
    STRAY_COMMIT = "stray-commit"
    BROKEN_CHAIN = "broken-chain"
    CHANGED_COMMIT = "changed-commit"
    UNREADABLE_COMMIT = "unreadable-commit"
    REPLAY_FAILED = "replay-failed"
    STATE_DIFFERS = "state-differs"
    STATE_MISSING = "state-missing"
    STATE_WITHOUT_LOG = "state-without-log"
    UNKNOWN_AGGREGATE = "unknown-aggregate"
    INVARIANT = "invariant"
    ANCHOR_BROKEN = "anchor-broken"
    ANCHORED_COMMIT_MISSING = "anchored-commit-missing"
    ANCHORED_COMMIT_DIFFERS = "anchored-commit-differs"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be. *version* is 0 when no single commit is meant."""

    stream: str
    version: int
    kind: FindingKind
    message: str
    invariant: str = ""
    """Name of the broken invariant, for findings of that kind."""


@dataclass(frozen=True, slots=True)
class HistoricCommit:
    """One commit with its events decoded."""

    commit: Commit
    events: tuple[DomainEvent, ...]


class Invariant(Protocol):
    """A rule across aggregates. It is shown every stream that can be replayed, one at a time, then asked.

    ``observe`` gets the replayed aggregate and its whole history. Keep from it what the rule needs, not all of it: the
    log may be larger than memory.
    """

    @property
    def name(self) -> str: ...

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None: ...

    async def check(self) -> Iterable[Finding]:
        """Called once, after everything was observed."""
        ...


@dataclass(slots=True)
class AnchorReport:
    anchors: int = 0
    heads: int = 0
    """Heads compared with the log; one that two anchors in a row share is compared once."""
    findings: list[Finding] = field(default_factory=list[Finding])

    def find(self, stream: str, version: int, kind: FindingKind, message: str) -> None:
        if len(self.findings) < MOST_ANCHOR_FINDINGS:
            self.findings.append(Finding(stream, version, kind, message))


@dataclass(slots=True)
class AuditReport:
    streams: int = 0
    commits: int = 0
    events: int = 0
    findings: list[Finding] = field(default_factory=list[Finding])
    invariants: tuple[str, ...] = ()
    """Names of the invariants that were checked."""
    fingerprint: str = ""
    """SHA-256 over the heads of all streams, in order of their names."""
    anchors: int = 0
    """Anchors that the log was compared with."""

    def take_in(self, anchored: AnchorReport) -> None:
        self.anchors += anchored.anchors
        self.findings.extend(anchored.findings)

    @property
    def clean(self) -> bool:
        return not self.findings
