"""A session that is collected or graded more than once: what an operator may ask for, and what is kept of each time."""

from __future__ import annotations

from control_plane_api.domain.entities.lablet_session_booking import LabletSessionBooking
from control_plane_api.domain.events import lablet_session_assessment_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import when
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import Regrading

_S = LabletSessionStatus
MOST_ATTEMPTS = 50


class LabletSessionAssessment(LabletSessionBooking):
    """Every attempt at grading has a grading session and a score report of its own; the last score counts."""

    def request_regrade(self, grading_session_id: str, reason: str, stamp: Stamp) -> None:
        """Grade what was collected once more: in GRADING instead of the attempt under way, after it beside the way out.

        Raises RuleViolation with what stands in the way.
        """
        state = self.state
        if not self.was_collected:
            raise self._refused("nothing of it was collected for grading", "nothing-collected")
        if state.status is _S.COLLECTING:
            raise self._refused("its devices are being read, and are graded after that", "being-collected")
        if state.regrading is not None:
            since = f"{state.regrading.requested_at:%Y-%m-%d %H:%M} UTC by {state.regrading.requested_by}"
            raise self._refused(f"that was asked for already, {since}", "being-graded-again")
        self._require_attempts_left()
        self.record(
            events.LabletSessionRegradeRequestedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                grading_session_id=grading_session_id,
                attempt=self.next_attempt,
                reason=reason,
            )
        )

    def recollect(self, grading_session_id: str, reason: str, stamp: Stamp) -> None:
        """GRADING → COLLECTING; raises RuleViolation wherever the lab is not known to live, with what to do instead."""
        state = self.state
        if state.status is _S.RUNNING:
            raise self._refused("its learner still works; collect and grade it instead", "not-collected-yet")
        if state.status is _S.COLLECTING:
            raise self._refused("its devices are being read just now", "being-collected")
        if state.status is not _S.GRADING or state.cml_lab_id is None or state.lab_gone or state.terminate_requested:
            what = "grade what was collected again" if self.was_collected else "there is nothing to be had any more"
            raise self._refused(f"its lab does not live any more; {what}", "lab-not-alive")
        self._require_attempts_left()
        self.record(
            events.LabletSessionRecollectionStartedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                grading_session_id=grading_session_id,
                attempt=self.next_attempt,
                collection=state.collection + 1,
                reason=reason,
            )
        )

    def fail_regrade(self, reason: str, stamp: Stamp) -> bool:
        if self.state.regrading is None:
            return False
        attempt = self.state.regrading.attempt
        self.record(
            events.LabletSessionRegradeFailedDomainEvent(at=stamp.at, by=stamp.by, attempt=attempt, reason=reason)
        )
        return True

    @property
    def next_attempt(self) -> int:
        return self.state.grading_attempt + 1

    @property
    def was_collected(self) -> bool:
        """Whether there ever was evidence to grade."""
        return any(change.target is _S.GRADING for change in self.state.state_history)

    def _require_attempts_left(self) -> None:
        if self.next_attempt > MOST_ATTEMPTS:
            raise self._refused(f"it was graded {MOST_ATTEMPTS} times already", "too-many-attempts")

    def _refused(self, why: str, code: str) -> RuleViolation:
        status = self.state.status.value
        return RuleViolation(f"Session {self.id!r} is {status}: {why}.", code=code, facts={"status": status})

    @when(events.LabletSessionRegradeRequestedDomainEvent)
    def _regrade_requested(self, event: events.LabletSessionRegradeRequestedDomainEvent) -> None:
        self.state.grading_session_id = event.grading_session_id
        self.state.grading_attempt = event.attempt
        if self.state.status is not _S.GRADING:
            self.state.regrading = Regrading(
                attempt=event.attempt, reason=event.reason, requested_by=event.by, requested_at=event.at
            )

    @when(events.LabletSessionRecollectionStartedDomainEvent)
    def _recollection_started(self, event: events.LabletSessionRecollectionStartedDomainEvent) -> None:
        self._enter(_S.COLLECTING, event, event.reason)
        self.state.grading_session_id = event.grading_session_id
        self.state.grading_attempt = event.attempt
        self.state.collection = event.collection

    @when(events.LabletSessionRegradeFailedDomainEvent)
    def _regrade_failed(self, event: events.LabletSessionRegradeFailedDomainEvent) -> None:
        del event
        self.state.regrading = None
