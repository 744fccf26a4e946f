"""Counts what becomes of promises, from the commits that this process makes: repeated attempts count once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import structlog
from opentelemetry import metrics

from control_plane_api.domain.entities import read_model_from_document
from control_plane_api.domain.events import cml_worker_capacity_events as capacity_events
from control_plane_api.domain.events import lablet_session_events as sessions
from control_plane_api.domain.events import lablet_session_promise_events as promises
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.json_form import JsonObject
from lcm_core.domain.read_models import LabletSessionReadModel

_log = structlog.stdlib.get_logger(__name__)
_promises = metrics.get_meter("control_plane_api.admission").create_counter(
    "lcm_promises",
    unit="{promise}",
    description="Promises of room, by what became of them: made, at_risk, moved, lost (nobody can hold it now), "
    "placed; in the end kept (the lab was ready within five minutes of its start), late or broken (it never was)",
)
IN_TIME = timedelta(minutes=5)
"""A lab that can be entered so long after its start is in time."""

_S = LabletSessionStatus
_BROKEN = frozenset({SessionOutcome.EXPIRED, SessionOutcome.FAILED})
_MEANS = {
    capacity_events.WorkerCapacityPromisedDomainEvent.wire_name: "made",
    promises.LabletSessionPromiseAtRiskDomainEvent.wire_name: "at_risk",
    sessions.LabletSessionPromiseMovedDomainEvent.wire_name: "moved",
    sessions.LabletSessionPromiseLostDomainEvent.wire_name: "lost",
    sessions.LabletSessionScheduledDomainEvent.wire_name: "placed",
}
_READY = sessions.LabletSessionReadyDomainEvent.wire_name
_ENDS = frozenset(
    {sessions.LabletSessionStoppingDomainEvent.wire_name, sessions.LabletSessionTerminatedDomainEvent.wire_name}
)


def count_promises(commits: Sequence[Commit], documents: Sequence[JsonObject]) -> None:
    """*documents* are the aggregates as these commits left them. Raises nothing: the commands are done."""
    try:
        fates = what_became(commits, documents)
    except Exception:  # noqa: BLE001 - a figure that is missing must not make a committed command fail
        _log.exception("promises_not_counted", commits=[commit.id for commit in commits])
        return
    for became, count in fates.items():
        _promises.add(count, {"became": became})


def what_became(commits: Sequence[Commit], documents: Sequence[JsonObject]) -> Counter[str]:
    seen: Counter[str] = Counter()
    for commit, document in zip(commits, documents, strict=True):
        for event in commit.events:
            name = event.type.rpartition(".v")[0]
            fate = _MEANS.get(name)
            if name == _READY or name in _ENDS:
                fate = _in_the_end(name, read_model_from_document(document, LabletSessionReadModel))
            if fate is not None:
                seen[fate] += 1
    return seen


def _in_the_end(name: str, session: LabletSessionReadModel) -> str | None:
    """What the first readiness, or an end without one, says; each is told once."""
    ready = [change.at for change in session.state_history if change.target is _S.READY]
    if name == _READY:
        in_time = session.asap or ready[0] <= session.timeslot.start + IN_TIME
        return None if len(ready) > 1 else "kept" if in_time else "late"
    steps_out = sum(change.target in (_S.STOPPING, _S.TERMINATED) for change in session.state_history)
    return "broken" if not ready and steps_out == 1 and session.outcome in _BROKEN else None
