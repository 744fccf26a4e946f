"""Counts what becomes of promises, from the commits that this process makes: repeated attempts count once."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import metrics

from control_plane_api.domain.events import cml_worker_events as workers
from control_plane_api.domain.events import lablet_session_events as sessions
from lcm_core.domain.commit import Commit

_promises = metrics.get_meter("control_plane_api.admission").create_counter(
    "lcm_promises", unit="{promise}", description="Promises of room, by what became of them: made, moved, lost or kept"
)
_MEANS = {
    workers.WorkerCapacityPromisedDomainEvent.wire_name: "made",
    sessions.LabletSessionPromiseMovedDomainEvent.wire_name: "moved",
    sessions.LabletSessionPromiseLostDomainEvent.wire_name: "lost",
    sessions.LabletSessionScheduledDomainEvent.wire_name: "kept",
}


def count_promises(commits: Sequence[Commit]) -> None:
    """An after-commit hook."""
    for commit in commits:
        for event in commit.events:
            became = _MEANS.get(event.type.rpartition(".v")[0])
            if became is not None:
                _promises.add(1, {"became": became})
