"""What ``lcm audit verify`` proves of ports that foreign labs forward: known ones are granted to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from control_plane_api.domain.entities import CMLWorker
from control_plane_api.domain.events import cml_worker_capacity_events as capacity_events
from control_plane_api.domain.events import cml_worker_foreign_events as foreign_events
from control_plane_api.domain.events import cml_worker_pool_events as pool_events
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.events import DomainEvent
from lcm_core.domain.values import PortBinding
from lcm_core.eventstore.audit_report import Finding, FindingKind, HistoricCommit


@dataclass(slots=True)
class ForeignPortsAreNotGranted:
    """No grant and no prepared lab of a worker has a port that a foreign lab was known to forward by then.

    A port that its holder had before the foreign lab was seen stays with it, and is put back with its grant.
    """

    name: str = "foreign-ports-are-not-granted"
    findings: list[Finding] = field(default_factory=list[Finding])

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None:
        if not isinstance(aggregate, CMLWorker):
            return
        foreign: frozenset[int] = frozenset()
        had: dict[str, set[int]] = {}
        for historic in history:
            for event in historic.events:
                if isinstance(event, foreign_events.CMLWorkerForeignPortsObservedDomainEvent):
                    foreign = frozenset(port for lab in event.labs for port in lab.ports)
                for holder, ports in _granted(event):
                    before = had.setdefault(holder, set())
                    lost = sorted({each.outer for each in ports} & foreign - before)
                    before.update(each.outer for each in ports)
                    if lost:
                        commit = historic.commit
                        message = f"has given {holder} ports {lost}, which a foreign lab forwards"
                        self.findings.append(
                            Finding(commit.stream, commit.version, FindingKind.INVARIANT, message, self.name)
                        )

    async def check(self) -> Iterable[Finding]:
        return self.findings


def _granted(event: DomainEvent) -> Iterator[tuple[str, tuple[PortBinding, ...]]]:
    """Who is given which ports by *event*; a session that takes a prepared lab over has had that lab's."""
    match event:
        case capacity_events.WorkerCapacityAllocatedDomainEvent(allocation=allocation):
            yield f"session {allocation.session_id}", allocation.ports
        case foreign_events.WorkerCapacityPortsChangedDomainEvent(session_id=session_id, ports=ports):
            yield f"session {session_id}", ports
        case pool_events.CMLWorkerLabPreparationBegunDomainEvent(lab=lab):
            yield f"prepared lab {lab.id}", lab.ports
        case _:
            return
