"""The host under a worker: when it counts as lost, for how long it is waited for, what is left on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from control_plane_api.domain.entities.cml_worker_pool import CMLWorkerPool
from control_plane_api.domain.events import cml_worker_host_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.enums import CMLWorkerStatus, HostLossCause
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import LeftoverLab

_W = CMLWorkerStatus
WORKER_STATUSES_WITHOUT_HOST = frozenset({_W.TERMINATING, _W.TERMINATED, _W.FAILED})
"""Statuses in which no lab on the worker can be reached or will ever be again."""
_SERVING = frozenset({_W.RUNNING, _W.DRAINING})
LEAST_PAUSE_BETWEEN_REFRESHES = timedelta(seconds=5)


class CMLWorkerHost(CMLWorkerPool):
    """Methods that answer bool say whether anything changed."""

    @property
    def is_gone(self) -> bool:
        """No lab on it can be reached again."""
        return self.state.status in WORKER_STATUSES_WITHOUT_HOST

    @property
    def host_is_lost(self) -> bool:
        """Nothing on it can be reached now; it may come back."""
        return self.state.host_loss is not None

    def lose_host(self, cause: HostLossCause, reason: str, silent_since: datetime, stamp: Stamp) -> bool:
        """Reported of a worker that serves; one that is lost already, or leaving, is left as it is."""
        if self.host_is_lost or self.state.status not in _SERVING:
            return False
        self._record_loss(cause, reason, min(silent_since, stamp.at), stamp)
        return True

    def host_awaited(self, session_id: str, until: datetime, stamp: Stamp) -> bool:
        """Only prolongs the waiting."""
        loss = self.state.host_loss
        if loss is None or (loss.awaited_until is not None and until <= loss.awaited_until):
            return False
        self.record(
            events.CMLWorkerHostAwaitedDomainEvent(at=stamp.at, by=stamp.by, session_id=session_id, until=until)
        )
        return True

    def leave_behind(self, lab: LeftoverLab, stamp: Stamp) -> bool:
        if any(each.session_id == lab.session_id for each in self.state.leftover_labs):
            return False
        self.record(events.CMLWorkerLabLeftBehindDomainEvent(at=stamp.at, by=stamp.by, lab=lab))
        return True

    def leftover_removed(self, session_id: str, proof: str, stamp: Stamp) -> bool:
        if all(each.session_id != session_id for each in self.state.leftover_labs):
            return False
        self.record(
            events.CMLWorkerLeftoverRemovedDomainEvent(at=stamp.at, by=stamp.by, session_id=session_id, proof=proof)
        )
        return True

    def set_idle_detection(self, enabled: bool, reason: str, stamp: Stamp) -> bool:
        if enabled is self.state.idle_detection_enabled:
            return False
        self._refuse_when_terminated("changed")
        self.record(
            events.CMLWorkerIdleDetectionChangedDomainEvent(at=stamp.at, by=stamp.by, enabled=enabled, reason=reason)
        )
        return True

    def request_refresh(self, reason: str, stamp: Stamp) -> bool:
        """In any status but TERMINATED; many requests at once are one."""
        self._refuse_when_terminated("looked at")
        last = self.state.refresh_requested_at
        if last is not None and stamp.at - last < LEAST_PAUSE_BETWEEN_REFRESHES:
            return False
        self.record(events.CMLWorkerRefreshRequestedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def request_labs_resync(self, reason: str, stamp: Stamp) -> bool:
        """Of a host that can be asked; many requests at once are one."""
        if self.state.status not in _SERVING or self.host_is_lost:
            what = "its host is lost" if self.host_is_lost else "its labs can be looked at while it serves"
            raise RuleViolation(
                f"Worker {self.state.name!r} is {self.state.status.value}: {what}.",
                code="host-cannot-be-asked",
                facts={"status": self.state.status.value, "needed": [each.value for each in _SERVING]},
            )
        last = self.state.labs_resync_requested_at
        if last is not None and stamp.at - last < LEAST_PAUSE_BETWEEN_REFRESHES:
            return False
        self.record(events.CMLWorkerLabsResyncRequestedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        self.request_refresh(reason, stamp)
        return True

    def _lose_what_runs(self, cause: HostLossCause, reason: str, stamp: Stamp) -> None:
        """The host goes from under the sessions that were granted room on it, whoever wanted that."""
        if not self.host_is_lost and any(each.granted for each in self.state.allocations):
            self._record_loss(cause, reason, stamp.at, stamp)

    def _record_loss(self, cause: HostLossCause, reason: str, silent_since: datetime, stamp: Stamp) -> None:
        self._withdraw_prepared("its host is lost", stamp)
        self.record(
            events.CMLWorkerHostLostDomainEvent(
                at=stamp.at,
                by=stamp.by,
                cause=cause,
                reason=reason or cause.value,
                silent_since=silent_since,
                session_ids=tuple(each.session_id for each in self.state.allocations if each.granted),
            )
        )

    def _host_is_back(self, reason: str, stamp: Stamp) -> None:
        loss = self.state.host_loss
        if loss is not None:
            lost_for = (stamp.at - loss.silent_since).total_seconds()
            self.record(
                events.CMLWorkerHostBackDomainEvent(at=stamp.at, by=stamp.by, reason=reason, lost_seconds=lost_for)
            )

    def _refuse_while_awaited(self, stamp: Stamp) -> None:
        loss = self.state.host_loss
        if loss is not None and loss.awaited_until is not None and stamp.at < loss.awaited_until:
            raise RuleViolation(
                f"Worker {self.state.name!r} is waited for by a session until {loss.awaited_until.isoformat()}; "
                "it is not given up before.",
                code="host-awaited",
                facts={"worker_id": self.id, "awaited_until": loss.awaited_until.isoformat()},
            )

    def _refuse_when_terminated(self, doing: str) -> None:
        if self.state.status is _W.TERMINATED:
            raise RuleViolation(
                f"Worker {self.state.name!r} is TERMINATED; there is nothing to be {doing}.",
                code="worker-terminated",
                facts={"worker_id": self.id, "status": self.state.status.value},
            )
