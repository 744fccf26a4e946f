"""A lablet session: one lab for one learner, from booking until nothing of it is held anywhere.

Its course and its end; how it is booked and placed stands in lablet_session_booking, how events change it in
lablet_session_history, its states in lcm_core.domain.enums.
"""

from __future__ import annotations

from datetime import datetime

from control_plane_api.domain.entities.lablet_session_by_hand import LabletSessionByHand
from control_plane_api.domain.events import lablet_session_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.enums import (
    LabletSessionStatus,
    SessionOutcome,
    StepStatus,
)
from lcm_core.domain.errors import InvariantViolated, RuleViolation
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.read_models import StepRecord
from lcm_core.domain.warm_pool import WarmStart

_S = LabletSessionStatus


class LabletSession(LabletSessionByHand):
    """Methods that answer bool say whether anything changed; False means that it was so already."""

    def start_instantiation(self, stamp: Stamp, warm_start: WarmStart | None = None) -> bool:
        """With a hit the prepared lab is the session's: its worker hands it over in the same transaction."""
        if self.state.status is _S.INSTANTIATING:
            return False
        self._require(_S.INSTANTIATING)
        self.record(
            events.LabletSessionInstantiationStartedDomainEvent(at=stamp.at, by=stamp.by, warm_start=warm_start)
        )
        return True

    def record_step(self, step: StepRecord, stamp: Stamp) -> bool:
        """Checkpoints are taken as long as the session lives, teardown included.

        What is told of a step that an operator has skipped, or had begin anew, comes from an attempt that was under
        way, and is late.
        """
        known = self.step(step.pipeline, step.step)
        if known == step or (known is not None and known.status is StepStatus.SKIPPED):
            return False
        if known is not None and step.retries < known.retries:
            return False
        if self.state.status is _S.TERMINATED and self.state.regrading is None:
            raise RuleViolation(f"Session {self.id!r} is TERMINATED; it runs no step.", code="session-ended")
        self.record(events.LabletSessionPipelineStepRecordedDomainEvent(at=stamp.at, by=stamp.by, step=step))
        return True

    def bind_lab(self, cml_lab_id: str, stamp: Stamp, *, replaces: str | None = None) -> bool:
        """The lab is imported. Also while STOPPING: a lab that came up too late must be known to be taken down.

        *replaces* is the prepared lab that it was to begin on and that is gone.
        """
        if self.state.cml_lab_id == cml_lab_id:
            return False
        if self.state.status not in (_S.INSTANTIATING, _S.STOPPING):
            raise RuleViolation(
                f"Session {self.id!r} is {self.state.status.value}; a lab is bound while INSTANTIATING or STOPPING.",
                code="no-lab-expected",
                facts={"status": self.state.status.value},
            )
        if self.state.cml_lab_id is not None and not self._was_prepared(replaces):
            raise InvariantViolated(
                f"Session {self.id!r} has lab {self.state.cml_lab_id} already; a second one, {cml_lab_id}, would be "
                "forgotten. Delete it on the host.",
                code="second-lab",
                facts={"bound": self.state.cml_lab_id, "offered": cml_lab_id},
            )
        self.record(events.LabletSessionLabBoundDomainEvent(at=stamp.at, by=stamp.by, cml_lab_id=cml_lab_id))
        return True

    def _was_prepared(self, lab_id: str | None) -> bool:
        start = self.state.warm_start
        return lab_id is not None and start is not None and lab_id == start.cml_lab_id == self.state.cml_lab_id

    def mark_ready(
        self, cml_lab_id: str, user_session_id: str, lds_session_id: str, login_url: str, stamp: Stamp
    ) -> bool:
        """INSTANTIATING → READY; the lab is bound with it unless it was before."""
        if self.state.status is _S.READY and self.state.lds_session_id == lds_session_id:
            return False
        self._require(_S.READY)
        self.bind_lab(cml_lab_id, stamp)
        self.record(
            events.LabletSessionReadyDomainEvent(
                at=stamp.at,
                by=stamp.by,
                user_session_id=user_session_id,
                lds_session_id=lds_session_id,
                login_url=login_url,
            )
        )
        return True

    def warn_ending(self, ends_at: datetime, stamp: Stamp) -> bool:
        """RUNNING and not warned of this end yet; a warning for an end that was moved is late."""
        if self.state.status is not _S.RUNNING or self.state.ending_warned_for == ends_at:
            return False
        if ends_at != self.state.timeslot.end:
            return False
        self.record(events.LabletSessionEndingSoonDomainEvent(at=stamp.at, by=stamp.by, ends_at=ends_at))
        return True

    def learner_started(self, started_at: datetime, stamp: Stamp) -> bool:
        """READY → RUNNING; a login told of again, or late, changes nothing."""
        if _S.READY in self.has_passed:
            return False
        self._require(_S.RUNNING)
        self.record(events.LabletSessionStartedDomainEvent(at=stamp.at, by=stamp.by, started_at=started_at))
        return True

    def start_collection(self, grading_session_id: str | None, reason: str, stamp: Stamp) -> bool:
        if _S.RUNNING in self.has_passed:
            return False
        self._require(_S.COLLECTING)
        self.record(
            events.LabletSessionCollectionStartedDomainEvent(
                at=stamp.at, by=stamp.by, grading_session_id=grading_session_id, reason=reason
            )
        )
        return True

    def observe_resources(self, observed: ObservedResources, stamp: Stamp) -> None:
        """What its lab had and used. Raises RuleViolation unless it is COLLECTING."""
        self.require_in(_S.COLLECTING)
        self.record(events.LabletSessionResourcesObservedDomainEvent(at=stamp.at, by=stamp.by, observed=observed))

    def evidence_collected(
        self,
        device_count: int,
        devices_missing: tuple[str, ...],
        stamp: Stamp,
        *,
        evidence_sha256: str = "",
        artefact_count: int = 0,
        collection: int = 0,
    ) -> None:
        self._require(_S.GRADING)
        self.record(
            events.LabletSessionEvidenceCollectedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                device_count=device_count,
                devices_missing=devices_missing,
                evidence_sha256=evidence_sha256,
                artefact_count=artefact_count,
                collection=collection,
            )
        )

    def score(self, score_report_id: str, score: float, max_score: float, passed: bool, stamp: Stamp) -> bool:
        """The score, in GRADING or, late, at any time after it. The first report of an attempt stands."""
        if self.state.score_report_id == score_report_id:
            return False
        if self.state.grading_session_id is None or not self._has_reached(_S.GRADING):
            raise RuleViolation(
                f"Session {self.id!r} is {self.state.status.value}; nothing of it was submitted for grading.",
                code="nothing-submitted",
                facts={"status": self.state.status.value},
            )
        self.record(
            events.LabletSessionScoredDomainEvent(
                at=stamp.at,
                by=stamp.by,
                score_report_id=score_report_id,
                score=score,
                max_score=max_score,
                passed=passed,
            )
        )
        return True

    def request_termination(self, reason: str, stamp: Stamp) -> bool:
        """In any state; what follows from it depends on what exists (see stop and terminate)."""
        if self.state.terminate_requested or self.state.status is _S.TERMINATED:
            return False
        self.record(events.LabletSessionTerminationRequestedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    @property
    def is_going(self) -> bool:
        """On the way out, or out already."""
        return self._has_reached(_S.STOPPING)

    def stop(self, outcome: SessionOutcome, reason: str, stamp: Stamp) -> bool:
        """→ STOPPING. The outcome decided first is the one that stays."""
        if self.is_going:
            return False
        self._require(_S.STOPPING)
        self.record(events.LabletSessionStoppingDomainEvent(at=stamp.at, by=stamp.by, outcome=outcome, reason=reason))
        return True

    def mark_stopped(self, proof: str, stamp: Stamp) -> bool:
        """STOPPING → STOPPED; the caller gives the worker's room back in the same transaction."""
        if _S.STOPPING in self.has_passed:
            return False
        self._require(_S.STOPPED)
        if not proof.strip():
            raise RuleViolation(f"Say what proves that the lab of session {self.id!r} is gone.", code="proof-missing")
        self.record(events.LabletSessionStoppedDomainEvent(at=stamp.at, by=stamp.by, proof=proof))
        return True

    def mark_archived(self, note: str, stamp: Stamp) -> bool:
        if _S.STOPPED in self.has_passed:
            return False
        self._require(_S.ARCHIVED)
        self.record(events.LabletSessionArchivedDomainEvent(at=stamp.at, by=stamp.by, note=note))
        return True

    def terminate(self, outcome: SessionOutcome, reason: str, stamp: Stamp, *, capacity_released: bool) -> bool:
        """→ TERMINATED when nothing is held; *capacity_released* says that this transaction gives the room back."""
        if self.state.status is _S.TERMINATED:
            return False
        self._require(_S.TERMINATED)
        held = self._still_held(capacity_released)
        if held:
            raise InvariantViolated(
                f"Session {self.id!r} still holds {', '.join(held)}; it cannot be TERMINATED.",
                code="session-still-holds",
                facts={"held": list(held)},
            )
        self.record(
            events.LabletSessionTerminatedDomainEvent(
                at=stamp.at, by=stamp.by, outcome=outcome, reason=reason, capacity_released=capacity_released
            )
        )
        return True

    def _still_held(self, capacity_released_now: bool) -> tuple[str, ...]:
        state = self.state
        holds = {
            "a lab": state.cml_lab_id is not None and not state.lab_gone,
            "a delivery session": self.may_have_a_delivery and not state.lds_archived,
            "capacity": self.holder is not None and not capacity_released_now,
        }
        return tuple(what for what, is_held in holds.items() if is_held)

    def _has_reached(self, status: LabletSessionStatus) -> bool:
        return self.state.status is status or status in self.has_passed
