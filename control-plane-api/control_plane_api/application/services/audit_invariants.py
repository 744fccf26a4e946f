"""Rules across aggregates that ``lcm audit verify`` proves from the log: room is promised once, and given back once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events import cml_worker_events as worker_events
from control_plane_api.domain.events import lablet_session_events as session_events
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import stream_id
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.values import RESOURCE_DIMENSIONS, CapacityAllocation, PortBinding, ResourceVector
from lcm_core.eventstore.audit_report import Finding, FindingKind, HistoricCommit, Invariant


def audit_invariants() -> tuple[Invariant, ...]:
    """A fresh set, for one audit."""
    return AllocationsMatchSessions(), NeverOverCapacity(), EverythingGivenBackOnce()


@dataclass(slots=True)
class AllocationsMatchSessions:
    """What each worker has granted is exactly what its live sessions hold, amounts and ports included."""

    name: str = "worker-allocations-match-live-sessions"
    granted: dict[tuple[str, str], CapacityAllocation] = field(
        default_factory=dict[tuple[str, str], CapacityAllocation]
    )
    held: dict[tuple[str, str], tuple[ResourceVector, frozenset[PortBinding]]] = field(
        default_factory=dict[tuple[str, str], tuple[ResourceVector, frozenset[PortBinding]]]
    )

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None:
        del history
        if isinstance(aggregate, CMLWorker):
            self.granted |= {(aggregate.id, each.session_id): each for each in aggregate.state.allocations}
        if isinstance(aggregate, LabletSession):
            worker_id = aggregate.state.worker_id
            if worker_id is not None and aggregate.holds_capacity_on(worker_id):
                state = aggregate.state
                self.held[worker_id, aggregate.id] = state.requirements, frozenset(state.allocated_ports)

    async def check(self) -> Iterable[Finding]:
        return [*self._missing(), *self._leaked(), *self._different()]

    def _missing(self) -> Iterator[Finding]:
        for worker_id, session_id in sorted(self.held.keys() - self.granted.keys()):
            stream = stream_id(LabletSession.kind, session_id)
            yield self._finding(stream, f"is placed on worker {worker_id}, which has granted it nothing")

    def _leaked(self) -> Iterator[Finding]:
        for worker_id, session_id in sorted(self.granted.keys() - self.held.keys()):
            stream = stream_id(CMLWorker.kind, worker_id)
            yield self._finding(stream, f"has granted room to session {session_id}, which does not hold any there")

    def _different(self) -> Iterator[Finding]:
        for key in sorted(self.granted.keys() & self.held.keys()):
            allocation = self.granted[key]
            if (allocation.vector, frozenset(allocation.ports)) != self.held[key]:
                stream = stream_id(CMLWorker.kind, key[0])
                yield self._finding(stream, f"has granted session {key[1]} other amounts or ports than it holds")

    def _finding(self, stream: str, message: str) -> Finding:
        return Finding(stream, 0, FindingKind.INVARIANT, message, self.name)


@dataclass(slots=True)
class NeverOverCapacity:
    """At no commit of its history did a worker promise more than it declared, or a port to two sessions."""

    name: str = "never-over-declared-capacity"
    findings: list[Finding] = field(default_factory=list[Finding])

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None:
        if not isinstance(aggregate, CMLWorker):
            return
        declared = ResourceVector()
        granted: dict[str, CapacityAllocation] = {}
        for historic in history:
            for event in historic.events:
                match event:
                    case worker_events.CMLWorkerRequestedDomainEvent():
                        declared = event.declared
                    case worker_events.WorkerCapacityDeclaredDomainEvent():
                        declared = event.declared
                    case worker_events.WorkerCapacityAllocatedDomainEvent():
                        granted[event.allocation.session_id] = event.allocation
                    case worker_events.WorkerCapacityReleasedDomainEvent():
                        granted.pop(event.session_id, None)
                    case _:
                        continue
                for message in (*_excess(declared, granted.values()), *_shared_ports(granted.values())):
                    finding = Finding(
                        historic.commit.stream, historic.commit.version, FindingKind.INVARIANT, message, self.name
                    )
                    self.findings.append(finding)

    async def check(self) -> Iterable[Finding]:
        return self.findings


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
    counts = Counter(binding.outer for each in granted for binding in each.ports)
    for port, count in sorted(counts.items()):
        if count > 1:
            yield f"has granted port {port} to {count} sessions at once"


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
        balance: Counter[str] = Counter()
        for historic in history:
            for event in historic.events:
                if isinstance(event, worker_events.WorkerCapacityAllocatedDomainEvent):
                    balance[event.allocation.session_id] += 1
                elif isinstance(event, worker_events.WorkerCapacityReleasedDomainEvent):
                    balance[event.session_id] -= 1
                else:
                    continue
                for session_id, count in balance.items():
                    if count not in (0, 1):
                        message = f"grants and releases of session {session_id} do not alternate"
                        self._find(CMLWorker.kind, worker.id, historic.commit.version, message)
        for session_id, count in balance.items():
            if count > 0:
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
            "its room": state.worker_id is not None and not state.capacity_released,
        }
        for what, is_kept in kept.items():
            if is_kept:
                self._find(LabletSession.kind, session.id, 0, f"is TERMINATED without having given back {what}")

    def _find(self, kind: str, id: str, version: int, message: str) -> None:
        self.findings.append(Finding(stream_id(kind, id), version, FindingKind.INVARIANT, message, self.name))
