"""Counts what changes the size of the fleet, from the commits that this process makes: repeated attempts count once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.domain.events import cml_worker_care_events as care
from control_plane_api.domain.events import cml_worker_events as workers
from lcm_core.domain.commit import Commit
from lcm_core.observability import meter

_meter = meter("control_plane_api.scaling")
_events = _meter.create_counter(
    "lcm_scaling_events_total", description="Changes to the size of the fleet, by kind and, for drains, by reason."
)

_KINDS = {
    workers.CMLWorkerRequestedDomainEvent.wire_name: "requested",
    workers.CMLWorkerDrainingDomainEvent.wire_name: "drain",
    workers.CMLWorkerDrainCancelledDomainEvent.wire_name: "drain_cancelled",
    workers.CMLWorkerStoppedDomainEvent.wire_name: "stopped",
    workers.CMLWorkerTerminatedDomainEvent.wire_name: "terminated",
    care.CMLWorkerImportRequestedDomainEvent.wire_name: "import_requested",
    care.CMLWorkerAdoptedDomainEvent.wire_name: "adopted",
    care.CMLWorkerDrainDeadlinePassedDomainEvent.wire_name: "drain_deadline_passed",
}


@dataclass(frozen=True, slots=True)
class ScalingEvent:
    kind: str
    reason: str


def count_scaling(commits: Sequence[Commit]) -> None:
    """An after-commit hook."""
    for event, count in scaling_events(commits).items():
        _events.add(count, {"kind": event.kind, "reason": event.reason})


def scaling_events(commits: Sequence[Commit]) -> Counter[ScalingEvent]:
    found: Counter[ScalingEvent] = Counter()
    for commit in commits:
        for event in commit.events:
            kind = _KINDS.get(event.type.rsplit(".v", 1)[0])
            if kind is not None:
                found[ScalingEvent(kind, str(event.data.get("disruption") or ""))] += 1
    return found
