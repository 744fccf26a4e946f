"""What is done when a deadline of a slot has come; each may be repeated without doing anything twice."""

from __future__ import annotations

from datetime import datetime

from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import (
    AdjustOccupation,
    GiveUpRecovery,
    RecordStep,
    StartCollection,
    StopSession,
    WarnSessionEnding,
)
from lcm_core.domain.enums import LabletSessionStatus, PipelineName, SessionOutcome, StepStatus
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.domain.read_models.lablet_session_read_model import NO_SHOW_STEP
from lcm_core.integration.clients.sessions_api import SessionsApi
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.domain.deadlines import (
    Deed,
    SlotFacts,
    free_after_early_end,
    held_on_until,
    lab_due,
    worker_due,
)
from resource_scheduler.domain.due_gate import placed_by

TIMESLOT_END = "timeslot_end"


class SlotDeeds:
    def __init__(self, sessions: SessionsApi, fleet: FleetView) -> None:
        self._sessions = sessions
        self._fleet = fleet

    async def do(self, deed: Deed, facts: SlotFacts) -> Applied:
        """Whether anything changed by it. Raises DomainError when the record does not allow it any more."""
        session = facts.session
        match deed:
            case Deed.EXPIRE:
                return await self._expire(facts)
            case Deed.BEGIN:
                return await self._sessions.start_instantiation(session.id)
            case Deed.FAIL:
                why = f"it could not be instantiated by {_told(lab_due(session, facts.policy))}"
                return await self._stop(session, SessionOutcome.FAILED, why)
            case Deed.ASK:
                return await self._ask_whether_the_learner_came(facts)
            case Deed.NO_SHOW:
                why = "the learner did not log in during the slot, as far as could be told"
                return await self._stop(session, SessionOutcome.NO_SHOW, why)
            case Deed.WARN:
                return await self._sessions.warn_ending(session.id, WarnSessionEnding(ends_at=session.timeslot.end))
            case Deed.END:
                return await self._end(session)
            case Deed.GIVE_UP:
                return await self._give_up(session)
            case Deed.GIVE_BACK | Deed.HOLD_ON:
                return await self._adjust(facts, _room_until(deed, facts))

    async def _expire(self, facts: SlotFacts) -> Applied:
        session = facts.session
        if session.status is LabletSessionStatus.SCHEDULED:
            why = f"its worker was not ready by {_told(worker_due(session, facts.policy))}"
            return await self._stop(session, SessionOutcome.EXPIRED, why)
        by = placed_by(session, facts.policy.grace_seconds)
        why = f"no room was found for it by {_told(by)}"
        if session.pending_reason:
            why = f"{why}; last decision: {session.pending_reason}"
        answer = await self._stop(session, SessionOutcome.EXPIRED, why)
        if answer.applied and session.promised_worker_id is not None:
            scheduler_metrics.promise("broken")
        return answer

    async def _ask_whether_the_learner_came(self, facts: SlotFacts) -> Applied:
        """The delivery system knows; lablet-controller asks it, and ends the session when nobody came."""
        return await self._sessions.record_step(
            facts.session.id,
            RecordStep(
                pipeline=PipelineName.COLLECT,
                step=NO_SHOW_STEP,
                status=StepStatus.COMPLETED,
                attempts=1,
                started_at=facts.now,
                ended_at=facts.now,
                result={"due_at": facts.session.no_show_at().isoformat()},
            ),
        )

    async def _give_up(self, session: LabletSessionReadModel) -> Applied:
        hold = session.recovery
        if hold is None:
            return Applied(applied=False)
        return await self._sessions.give_up_recovery(session.id, GiveUpRecovery(deadline=hold.deadline))

    async def _end(self, session: LabletSessionReadModel) -> Applied:
        """Work is never wiped before it was collected, when it is to be graded."""
        if session.grading_enabled:
            return await self._sessions.start_collection(session.id, StartCollection(reason=TIMESLOT_END))
        return await self._stop(session, SessionOutcome.COMPLETED, "its slot ended; nothing is to be graded")

    async def _adjust(self, facts: SlotFacts, body: AdjustOccupation) -> Applied:
        answer = await self._sessions.adjust_occupation(facts.session.id, body)
        await self._fleet.refresh(facts.session.worker_id or "")
        return answer

    async def _stop(self, session: LabletSessionReadModel, outcome: SessionOutcome, reason: str) -> Applied:
        return await self._sessions.stop(session.id, StopSession(outcome=outcome, reason=reason[:2000]))


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _room_until(deed: Deed, facts: SlotFacts) -> AdjustOccupation:
    if deed is Deed.GIVE_BACK:
        return AdjustOccupation(until=free_after_early_end(facts.session), reason="it ended early")
    return AdjustOccupation(until=held_on_until(facts.now), reason=f"it is still {facts.session.status.value}")
