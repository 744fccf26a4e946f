"""Counts what host losses do to sessions, from the commits that this process makes: repeated attempts count once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from control_plane_api.application.services.host_loss import HOST_LOST, LAB_LOST
from control_plane_api.domain.events import cml_worker_host_events as hosts
from control_plane_api.domain.events import lablet_session_events as sessions
from control_plane_api.domain.events import lablet_session_recovery_events as recovery
from lcm_core.domain.commit import Commit
from lcm_core.observability import meter

_meter = meter("control_plane_api.hosts")
_lost = _meter.create_counter("lcm_hosts_lost_total", description="Hosts lost, by cause.")
_back = _meter.create_counter("lcm_hosts_back_total", description="Lost hosts that answered again.")
_sessions = _meter.create_counter(
    "lcm_host_loss_sessions_total",
    description="What became of sessions whose host or lab was lost: replaced, held, recovered, collected or ended.",
)

_LOST, _BACK = hosts.CMLWorkerHostLostDomainEvent.wire_name, hosts.CMLWorkerHostBackDomainEvent.wire_name
_OUTCOMES = {
    recovery.LabletSessionHeldForRecoveryDomainEvent.wire_name: "held",
    recovery.LabletSessionRecoveredDomainEvent.wire_name: "recovered",
}
_OUTCOMES_OF_A_LOSS = {
    sessions.LabletSessionUnscheduledDomainEvent.wire_name: "replaced",
    sessions.LabletSessionCollectionStartedDomainEvent.wire_name: "collected",
    sessions.LabletSessionStoppingDomainEvent.wire_name: "ended",
}
_SAYS_SO = (HOST_LOST, LAB_LOST)


def count_host_losses(commits: Sequence[Commit]) -> None:
    """An after-commit hook."""
    seen = what_became(commits)
    for cause, count in seen.lost.items():
        _lost.add(count, {"cause": cause})
    if seen.back:
        _back.add(seen.back)
    for became, count in seen.sessions.items():
        _sessions.add(count, {"became": became})


@dataclass(slots=True)
class Seen:
    """Hosts lost by cause, hosts back, sessions by what became of them."""

    lost: Counter[str] = field(default_factory=Counter[str])
    back: int = 0
    sessions: Counter[str] = field(default_factory=Counter[str])


def what_became(commits: Sequence[Commit]) -> Seen:
    seen = Seen()
    for event in (event for commit in commits for event in commit.events):
        name = event.type.rpartition(".v")[0]
        if name == _LOST:
            seen.lost[str(event.data["cause"])] += 1
        elif name == _BACK:
            seen.back += 1
        elif name in _OUTCOMES:
            seen.sessions[_OUTCOMES[name]] += 1
        elif name in _OUTCOMES_OF_A_LOSS and any(each in str(event.data["reason"]) for each in _SAYS_SO):
            seen.sessions[_OUTCOMES_OF_A_LOSS[name]] += 1
    return seen
