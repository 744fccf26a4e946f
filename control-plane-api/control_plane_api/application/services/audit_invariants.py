"""Rules across aggregates that ``lcm audit verify`` proves from the log: room is promised once, and given back once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from control_plane_api.application.services.foreign_port_invariants import ForeignPortsAreNotGranted
from control_plane_api.application.services.prepared_lab_invariants import PreparedLabsBelongToOne
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events import cml_worker_capacity_events as capacity_events
from control_plane_api.domain.events import cml_worker_events as worker_events
from control_plane_api.domain.events import cml_worker_foreign_events as foreign_events
from control_plane_api.domain.events import lablet_session_events as session_events
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import stream_id
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.events import DomainEvent
from lcm_core.domain.values import RESOURCE_DIMENSIONS, CapacityAllocation, PortBinding, ResourceVector, Timeslot
from lcm_core.eventstore.audit_report import Finding, FindingKind, HistoricCommit, Invariant


def audit_invariants() -> tuple[Invariant, ...]:
    """A fresh set, for one audit."""
    return (
        AllocationsMatchSessions(),
        NeverOverCapacity(),
        EverythingGivenBackOnce(),
        PreparedLabsBelongToOne(),
        ForeignPortsAreNotGranted(),
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """*promised_for* is None once granted: a session that overruns holds its room longer than it was promised."""

    vector: ResourceVector
    ports: frozenset[PortBinding]
    promised_for: Timeslot | None

    @classmethod
    def on_worker(cls, allocation: CapacityAllocation) -> Self:
        promised_for = None if allocation.granted else allocation.interval
        return cls(allocation.vector, frozenset(allocation.ports), promised_for)

    @classmethod
    def by_session(cls, session: LabletSession) -> Self:
        promised_for = session.occupation() if session.state.worker_id is None else None
        return cls(session.state.requirements, frozenset(session.state.allocated_ports), promised_for)


@dataclass(slots=True)
class AllocationsMatchSessions:
    """What each worker has granted or promised is what its live sessions hold: amounts, ports, promised times."""

    name: str = "worker-allocations-match-live-sessions"
    granted: dict[tuple[str, str], CapacityAllocation] = field(
        default_factory=dict[tuple[str, str], CapacityAllocation]
    )
    held: dict[tuple[str, str], _Held] = field(default_factory=dict[tuple[str, str], "_Held"])

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None:
        del history
        if isinstance(aggregate, CMLWorker):
            self.granted |= {(aggregate.id, each.session_id): each for each in aggregate.state.allocations}
        if isinstance(aggregate, LabletSession) and aggregate.holder is not None:
            self.held[aggregate.holder, aggregate.id] = _Held.by_session(aggregate)

    async def check(self) -> Iterable[Finding]:
        return [*self._missing(), *self._leaked(), *self._different()]

    def _missing(self) -> Iterator[Finding]:
        for worker_id, session_id in sorted(self.held.keys() - self.granted.keys()):
            stream = stream_id(LabletSession.kind, session_id)
            yield self._finding(stream, f"counts on worker {worker_id}, which holds nothing for it")

    def _leaked(self) -> Iterator[Finding]:
        for worker_id, session_id in sorted(self.granted.keys() - self.held.keys()):
            stream = stream_id(CMLWorker.kind, worker_id)
            yield self._finding(stream, f"holds room for session {session_id}, which does not hold any there")

    def _different(self) -> Iterator[Finding]:
        for key in sorted(self.granted.keys() & self.held.keys()):
            if _Held.on_worker(self.granted[key]) != self.held[key]:
                stream = stream_id(CMLWorker.kind, key[0])
                yield self._finding(stream, f"holds other amounts, ports or times than session {key[1]} counts on")

    def _finding(self, stream: str, message: str) -> Finding:
        return Finding(stream, 0, FindingKind.INVARIANT, message, self.name)


@dataclass(slots=True)
class NeverOverCapacity:
    """At no commit of its history did a worker promise more than it declared for any instant, or a port twice.

    What an overrun holds beyond its time was never promised; it counts as long as it was.
    """

    name: str = "never-over-declared-capacity"
    findings: list[Finding] = field(default_factory=list[Finding])

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None:
        if not isinstance(aggregate, CMLWorker):
            return
        declared = ResourceVector()
        held: dict[str, CapacityAllocation] = {}
        for historic in history:
            for event in historic.events:
                match event:
                    case worker_events.CMLWorkerRequestedDomainEvent():
                        declared = event.declared
                    case capacity_events.WorkerCapacityDeclaredDomainEvent():
                        declared = event.declared
                    case _ if not _changes_what_is_held(event, held):
                        continue
                    case _:
                        pass
                for message in (*_excess(declared, held.values()), *_shared_ports(held.values())):
                    finding = Finding(
                        historic.commit.stream, historic.commit.version, FindingKind.INVARIANT, message, self.name
                    )
                    self.findings.append(finding)

    async def check(self) -> Iterable[Finding]:
        return self.findings


def _changes_what_is_held(event: DomainEvent, held: dict[str, CapacityAllocation]) -> bool:
    """Take *event* into *held*, by session; False when it says nothing about it."""
    match event:
        case capacity_events.WorkerCapacityPromisedDomainEvent(allocation=allocation):
            held[allocation.session_id] = allocation
        case capacity_events.WorkerCapacityAllocatedDomainEvent(allocation=allocation):
            held[allocation.session_id] = allocation
        case capacity_events.WorkerCapacityIntervalMovedDomainEvent(overrun=False, session_id=id, interval=interval):
            held[id] = held[id].model_copy(update={"interval": interval})
        case foreign_events.WorkerCapacityPortsChangedDomainEvent(session_id=id, ports=ports):
            held[id] = held[id].model_copy(update={"ports": ports})
        case capacity_events.WorkerCapacityReleasedDomainEvent(session_id=id):
            held.pop(id, None)
        case _:
            return False
    return True


def _excess(declared: ResourceVector, granted: Iterable[CapacityAllocation]) -> Iterator[str]:
    """Promises that overlap in time are added up at each beginning: only there can the sum rise."""
    allocations = list(granted)
    for at in sorted({each.interval.start for each in allocations}):
        running = [each.vector for each in allocations if each.interval.start <= at < each.interval.end]
        for dimension in RESOURCE_DIMENSIONS:
            promised = sum(int(getattr(vector, dimension)) for vector in running)
            limit = int(getattr(declared, dimension))
            if promised > limit:
                yield f"has promised {promised} {dimension} of {limit} for {at.isoformat()}"


def _shared_ports(granted: Iterable[CapacityAllocation]) -> Iterator[str]:
    by_port: dict[int, list[CapacityAllocation]] = {}
    for each in granted:
        for binding in each.ports:
            by_port.setdefault(binding.outer, []).append(each)
    for port, holders in sorted(by_port.items()):
        for one, other in itertools.combinations(holders, 2):
            if one is other or one.interval.overlaps(other.interval):
                yield f"has granted port {port} to {one.session_id} and {other.session_id} at once"


@dataclass(slots=True)
class EverythingGivenBackOnce:
    """Each grant of a worker is released at most once, and a TERMINATED session has given back all that it had."""

    name: str = "terminated-sessions-gave-everything-back-once"
    findings: list[Finding] = field(default_factory=list[Finding])
    ended: set[str] = field(default_factory=set[str])
    open_grants: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None:
        if isinstance(aggregate, CMLWorker):
            self._observe_worker(aggregate, history)
        if isinstance(aggregate, LabletSession) and aggregate.state.status is LabletSessionStatus.TERMINATED:
            self.ended.add(aggregate.id)
            self._observe_ended(aggregate, history)

    async def check(self) -> Iterable[Finding]:
        for session_id in sorted(self.ended & self.open_grants.keys()):
            workers = ", ".join(self.open_grants[session_id])
            self._find(LabletSession.kind, session_id, 0, f"is TERMINATED and still holds room on {workers}")
        return self.findings

    def _observe_worker(self, worker: CMLWorker, history: Sequence[HistoricCommit]) -> None:
        granted: dict[str, bool] = {}
        for historic in history:
            for event in historic.events:
                session_id = _out_of_turn(event, granted)
                if session_id is not None:
                    message = f"promises, grants and releases of session {session_id} do not alternate"
                    self._find(CMLWorker.kind, worker.id, historic.commit.version, message)
        for session_id in granted:
            self.open_grants.setdefault(session_id, []).append(worker.id)

    def _observe_ended(self, session: LabletSession, history: Sequence[HistoricCommit]) -> None:
        once = (
            session_events.LabletSessionStoppedDomainEvent,
            session_events.LabletSessionArchivedDomainEvent,
            session_events.LabletSessionTerminatedDomainEvent,
        )
        counts = Counter(type(event) for historic in history for event in historic.events if isinstance(event, once))
        for event_class, count in counts.items():
            if count > 1:
                self._find(LabletSession.kind, session.id, 0, f"has {event_class.wire_name} {count} times")
        state = session.state
        kept = {
            "its lab": state.cml_lab_id is not None and not state.lab_gone,
            "its delivery session": session.may_have_a_delivery and not state.lds_archived,
            "its room": session.holder is not None,
        }
        for what, is_kept in kept.items():
            if is_kept:
                self._find(LabletSession.kind, session.id, 0, f"is TERMINATED without having given back {what}")

    def _find(self, kind: str, id: str, version: int, message: str) -> None:
        self.findings.append(Finding(stream_id(kind, id), version, FindingKind.INVARIANT, message, self.name))


def _out_of_turn(event: DomainEvent, granted: dict[str, bool]) -> str | None:
    """The session for which *event* comes out of turn; *granted* tells who holds room, and whether promised only."""
    match event:
        case capacity_events.WorkerCapacityPromisedDomainEvent(allocation=allocation):
            known = allocation.session_id in granted
            granted[allocation.session_id] = False
            return allocation.session_id if known else None
        case capacity_events.WorkerCapacityAllocatedDomainEvent(allocation=allocation):
            twice = granted.get(allocation.session_id, False)
            granted[allocation.session_id] = True
            return allocation.session_id if twice else None
        case capacity_events.WorkerCapacityIntervalMovedDomainEvent(session_id=session_id):
            return None if session_id in granted else session_id
        case capacity_events.WorkerCapacityReleasedDomainEvent(session_id=session_id):
            return None if granted.pop(session_id, None) is not None else session_id
        case _:
            return None
