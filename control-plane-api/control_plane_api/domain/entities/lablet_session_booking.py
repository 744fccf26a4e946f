"""How a session is booked, promised its room, moved in time and placed: everything before its lab is made."""

from __future__ import annotations

from dataclasses import fields
from typing import Self

from control_plane_api.domain.entities.booking_terms import AS_USUAL, BookingTerms
from control_plane_api.domain.entities.lablet_session_recovery import LabletSessionRecovery
from control_plane_api.domain.entities.pinned_definition import PinnedDefinition
from control_plane_api.domain.events import lablet_session_events as events
from control_plane_api.domain.events import lablet_session_ports_events as ports_events
from control_plane_api.domain.events import lablet_session_promise_events as promise_events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.transitions import LABLET_SESSION_VALID_TRANSITIONS
from lcm_core.domain.values import Candidate, PortBinding, Timeslot

_S = LabletSessionStatus


class LabletSessionBooking(LabletSessionRecovery):
    """The booking half of a session's rules."""

    @classmethod
    def book(
        cls,
        id: str,
        *,
        pinned: PinnedDefinition,
        reservation_id: str,
        owner_id: str,
        candidate: Candidate,
        timeslot: Timeslot,
        stamp: Stamp,
        terms: BookingTerms = AS_USUAL,
        promised_worker_id: str | None = None,
    ) -> Self:
        """The caller has *promised_worker_id* hold the room in the same transaction."""
        session = cls(id)
        session.record(
            events.LabletSessionCreatedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                reservation_id=reservation_id,
                owner_id=owner_id,
                candidate=candidate,
                timeslot=timeslot,
                promised_worker_id=promised_worker_id,
                **{field.name: getattr(each, field.name) for each in (pinned, terms) for field in fields(each)},
            )
        )
        return session

    def promise_moved(self, worker_id: str, reason: str, stamp: Stamp, *, in_time: bool = True) -> bool:
        """*worker_id* holds the room now; the caller moves it in the same transaction.

        Not *in_time*: it is better than who held it, but up only after the start, so that a risk remains.
        """
        if self.state.status is _S.PENDING and self.state.promised_worker_id == worker_id:
            return False
        self.require_in(_S.PENDING)
        self.record(
            events.LabletSessionPromiseMovedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                worker_id=worker_id,
                previous_worker_id=self.state.promised_worker_id,
                reason=reason,
                in_time=in_time,
            )
        )
        return True

    def promise_at_risk(self, worker_id: str, reason: str, stamp: Stamp) -> bool:
        """*worker_id*, which was to have its room, has not come up in time; told once for each worker."""
        self.require_in(_S.PENDING)
        risk = self.state.promise_risk
        if risk is not None and risk.worker_id == worker_id:
            return False
        self.record(
            promise_events.LabletSessionPromiseAtRiskDomainEvent(
                at=stamp.at, by=stamp.by, worker_id=worker_id, reason=reason
            )
        )
        return True

    def promise_lost(self, reason: str, stamp: Stamp) -> bool:
        """Nobody holds the room any more; the caller gives it back in the same transaction."""
        self.require_in(_S.PENDING)
        worker_id = self.state.promised_worker_id
        if worker_id is None:
            return False
        self.record(
            events.LabletSessionPromiseLostDomainEvent(at=stamp.at, by=stamp.by, worker_id=worker_id, reason=reason)
        )
        return True

    def change_timeslot(self, timeslot: Timeslot, reason: str, stamp: Stamp) -> bool:
        """Reschedule a session that has not begun; from then till RUNNING only its end moves.

        The caller has the room held over the new occupation in the same transaction.
        """
        previous = self.state.timeslot
        if timeslot == previous:
            return False
        begun = self.state.status is not _S.PENDING
        if (begun and timeslot.start != previous.start) or _S.RUNNING in self.has_passed:
            raise RuleViolation(
                f"Session {self.id!r} is {self.state.status.value}; "
                + ("only its end can be moved." if _S.RUNNING not in self.has_passed else "its time is over."),
                code="session-has-begun",
                facts={"status": self.state.status.value},
            )
        self._refuse_when_terminating()
        self.record(
            events.LabletSessionTimeslotChangedDomainEvent(
                at=stamp.at, by=stamp.by, timeslot=timeslot, previous=previous, reason=reason
            )
        )
        return True

    def hold(self, decision_id: str, reason: str, stamp: Stamp) -> bool:
        """A placement decision placed nothing. Only a PENDING session waits; for another the decision is late."""
        if self.state.status is not _S.PENDING or self.state.pending_reason == reason:
            return False
        self.record(
            events.LabletSessionHeldDomainEvent(at=stamp.at, by=stamp.by, decision_id=decision_id, reason=reason)
        )
        return True

    def schedule(self, worker_id: str, ports: tuple[PortBinding, ...], decision_id: str, stamp: Stamp) -> bool:
        """PENDING → SCHEDULED; the caller has the worker grant the room, and another give its promise back, in the same
        transaction."""
        if self.state.status is _S.SCHEDULED and self.state.worker_id == worker_id:
            return False
        self._require(_S.SCHEDULED)
        self._refuse_when_terminating()
        self.record(
            events.LabletSessionScheduledDomainEvent(
                at=stamp.at, by=stamp.by, worker_id=worker_id, ports=ports, decision_id=decision_id
            )
        )
        return True

    @property
    def may_change_ports(self) -> bool:
        """No lab of its own uses them: none was bound, or the one that was prepared for it and never started."""
        start = self.state.warm_start
        prepared = start.cml_lab_id if start is not None and start.hit else None
        return self.state.status in (_S.SCHEDULED, _S.INSTANTIATING) and self.state.cml_lab_id in (None, prepared)

    def ports_changed(self, ports: tuple[PortBinding, ...], reason: str, stamp: Stamp) -> bool:
        """The caller has its worker grant *ports* in the same transaction; a prepared lab is given up for them."""
        if ports == self.state.allocated_ports:
            return False
        if not self.may_change_ports:
            raise RuleViolation(
                f"Session {self.id!r} is {self.state.status.value} with lab {self.state.cml_lab_id}; its ports are in "
                "use and stay.",
                code="ports-in-use",
                facts={"status": self.state.status.value, "cml_lab_id": self.state.cml_lab_id},
            )
        self.record(
            ports_events.LabletSessionPortsChangedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                worker_id=self.state.worker_id or "",
                ports=ports,
                previous=self.state.allocated_ports,
                reason=reason,
            )
        )
        return True

    def unschedule(
        self, reason: str, stamp: Stamp, *, worker_gone: bool, promised_worker_id: str | None = None
    ) -> bool:
        """→ PENDING, its room held by *promised_worker_id*, or by nobody.

        Once a lab may exist, only when its worker is gone with it, or remembers what is left on it: it must not run on
        unwatched.
        """
        if self.state.status is _S.PENDING:
            return False
        self._require(_S.PENDING)
        if self.may_be_on_a_host and not worker_gone:
            lab = f"lab {self.state.cml_lab_id}" if self.state.cml_lab_id else "perhaps a lab already"
            raise RuleViolation(
                f"Session {self.id!r} has {lab} on worker {self.state.worker_id}, which still exists; stop the session "
                "instead, or wait until the worker is gone.",
                code="lab-still-on-worker",
                facts={"worker_id": self.state.worker_id, "cml_lab_id": self.state.cml_lab_id},
            )
        self.record(
            events.LabletSessionUnscheduledDomainEvent(
                at=stamp.at,
                by=stamp.by,
                worker_id=self.state.worker_id or "",
                reason=reason,
                promised_worker_id=promised_worker_id,
            )
        )
        return True

    def require_in(self, status: LabletSessionStatus) -> None:
        """Raises RuleViolation, naming both statuses, when the session is in another one."""
        if self.state.status is not status:
            raise RuleViolation(
                f"Session {self.id!r} is {self.state.status.value}, not {status.value}.",
                code="other-status",
                facts={"status": self.state.status.value, "needed": status.value},
            )

    def _refuse_when_terminating(self) -> None:
        if self.state.terminate_requested:
            raise RuleViolation(f"Session {self.id!r} is being terminated.", code="session-terminating")

    def _require(self, target: LabletSessionStatus) -> None:
        require_transition(self.kind, self.id, LABLET_SESSION_VALID_TRANSITIONS, self.state.status, target)
