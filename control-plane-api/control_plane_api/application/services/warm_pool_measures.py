"""Counts what becomes of prepared labs and of sessions that could have used one, from this process's commits."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import metrics

from control_plane_api.domain.events import (
    EVENTS,
    cml_worker_pool_events,
    lablet_session_events,
    warm_pool_events,
)
from lcm_core.domain.commit import Commit
from lcm_core.domain.warm_pool import WarmPoolStatus

_meter = metrics.get_meter("control_plane_api.warm_pool")
_starts = _meter.create_counter(
    "lcm_warm_pool_starts",
    unit="{session}",
    description="Sessions of definitions with a warm pool that began, by outcome: hit or miss",
)
_saved = _meter.create_histogram(
    "lcm_warm_pool_saved_seconds", unit="s", description="Work done beforehand for a session that took a prepared lab"
)
_labs = _meter.create_counter(
    "lcm_warm_pool_labs",
    unit="{lab}",
    description="Prepared labs, by what became of them: begun, prepared, claimed, returned, taken, discarded, removed",
)
_suspended = _meter.create_counter(
    "lcm_warm_pool_suspensions", unit="{suspension}", description="Pools whose failure budget was spent"
)
_MEANS = {
    cml_worker_pool_events.CMLWorkerLabPreparationBegunDomainEvent.wire_name: "begun",
    cml_worker_pool_events.CMLWorkerLabPreparedDomainEvent.wire_name: "prepared",
    cml_worker_pool_events.CMLWorkerPreparedLabClaimedDomainEvent.wire_name: "claimed",
    cml_worker_pool_events.CMLWorkerPreparedLabReturnedDomainEvent.wire_name: "returned",
    cml_worker_pool_events.CMLWorkerPreparedLabTakenDomainEvent.wire_name: "taken",
    cml_worker_pool_events.CMLWorkerPreparedLabRemovedDomainEvent.wire_name: "removed",
}
_READ = {
    event.wire_name
    for event in (
        cml_worker_pool_events.CMLWorkerPreparedLabsDiscardedDomainEvent,
        lablet_session_events.LabletSessionInstantiationStartedDomainEvent,
        warm_pool_events.WarmPoolStatusChangedDomainEvent,
    )
}


def count_warm_pools(commits: Sequence[Commit]) -> None:
    """An after-commit hook."""
    for commit in commits:
        for stored in commit.events:
            name = stored.type.rpartition(".v")[0]
            if name in _MEANS:
                _labs.add(1, {"became": _MEANS[name]})
            if name not in _READ:
                continue
            match EVENTS.decode(stored.type, stored.data):
                case cml_worker_pool_events.CMLWorkerPreparedLabsDiscardedDomainEvent(prepared_lab_ids=ids):
                    _labs.add(len(ids), {"became": "discarded"})
                case lablet_session_events.LabletSessionInstantiationStartedDomainEvent(warm_start=start) if start:
                    _starts.add(1, {"outcome": "hit" if start.hit else "miss"})
                    if start.hit:
                        _saved.record(start.saved_seconds)
                case warm_pool_events.WarmPoolStatusChangedDomainEvent(status=WarmPoolStatus.SUSPENDED):
                    _suspended.add(1)
                case _:
                    pass
