"""What ``lcm audit verify`` proves of prepared labs: nobody shares one, nor the port of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events import cml_worker_pool_events as pool_events
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import stream_id
from lcm_core.domain.values import CapacityAllocation
from lcm_core.domain.warm_pool import PreparedLab
from lcm_core.eventstore.audit_report import Finding, FindingKind, HistoricCommit


@dataclass(slots=True)
class PreparedLabsBelongToOne:
    """A prepared lab was taken by one session, which says so too; its port was nobody else's while it was idle."""

    name: str = "prepared-labs-belong-to-one"
    findings: list[Finding] = field(default_factory=list[Finding])
    handed_over: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])
    """(worker, session) by prepared lab."""
    taken: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Sessions by prepared lab."""

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None:
        if isinstance(aggregate, CMLWorker):
            self._observe_worker(aggregate, history)
        if isinstance(aggregate, LabletSession):
            start = aggregate.state.warm_start
            if start is not None and start.prepared_lab_id is not None:
                self.taken.setdefault(start.prepared_lab_id, set()).add(aggregate.id)

    async def check(self) -> Iterable[Finding]:
        return [*self.findings, *self._shared()]

    def _shared(self) -> Iterator[Finding]:
        for lab_id, handed in sorted(self.handed_over.items()):
            if len(handed) > 1:
                yield self._finding(CMLWorker.kind, handed[0][0], 0, f"has handed prepared lab {lab_id} over twice")
        for lab_id, sessions in sorted(self.taken.items()):
            entitled = {session_id for _, session_id in self.handed_over.get(lab_id, ())}
            for session_id in sorted(sessions - entitled):
                yield self._finding(LabletSession.kind, session_id, 0, f"took prepared lab {lab_id}, which is not its")

    def _observe_worker(self, worker: CMLWorker, history: Sequence[HistoricCommit]) -> None:
        for event in (event for historic in history for event in historic.events):
            if isinstance(event, pool_events.CMLWorkerPreparedLabTakenDomainEvent):
                self.handed_over.setdefault(event.prepared_lab_id, []).append((worker.id, event.session_id))
        begun = pool_events.CMLWorkerLabPreparationBegunDomainEvent
        if not any(isinstance(event, begun) for historic in history for event in historic.events):
            return
        replayed = CMLWorker(worker.id)
        for historic in history:
            commit = historic.commit
            replayed.replay_commit(historic.events, head_hash=commit.hash, at=commit.at)
            for message in _shared_ports(replayed.state.prepared_labs, replayed.state.allocations):
                finding = Finding(commit.stream, commit.version, FindingKind.INVARIANT, message, self.name)
                self.findings.append(finding)

    def _finding(self, kind: str, id: str, version: int, message: str) -> Finding:
        return Finding(stream_id(kind, id), version, FindingKind.INVARIANT, message, self.name)


def _shared_ports(labs: Iterable[PreparedLab], allocations: Iterable[CapacityAllocation]) -> Iterator[str]:
    holders = {binding.outer: f"session {each.session_id}" for each in allocations for binding in each.ports}
    for lab in labs:
        for binding in lab.ports if lab.idle else ():
            if binding.outer in holders:
                yield f"has port {binding.outer} of {holders[binding.outer]} with idle lab {lab.id} too"
            holders[binding.outer] = f"idle lab {lab.id}"
