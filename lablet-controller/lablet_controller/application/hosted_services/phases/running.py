"""RUNNING: the learner works; at the end of the slot: warn, collect, grade, stop, in this order."""

from __future__ import annotations

from datetime import datetime, timedelta

from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping, rest_until
from lablet_controller.application.services.delivery_watch import DeliveryWatch
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import RecordStep, StartCollection
from lcm_core.domain.enums import PipelineName, SessionOutcome, StepStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient

WARN = "warn_timeslot_end"
TIMESLOT_END = "timeslot_end"


class RunningPhase:
    """*warn_seconds* before the end of the slot the warning is recorded; *look_seconds*: how often LDS is asked."""

    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        stopping: Stopping,
        delivery: DeliveryWatch,
        clock: Clock,
        *,
        warn_seconds: float,
        look_seconds: float,
    ) -> None:
        self._sessions = control_plane.sessions
        self._stopping = stopping
        self._delivery = delivery
        self._clock = clock
        self._warn_before = timedelta(seconds=warn_seconds)
        self._look = timedelta(seconds=look_seconds)

    async def __call__(self, work: SessionWork) -> PhaseResult:
        session, now = work.session, self._clock.now()
        left = await self._stopping.if_requested(work) or await self._stopping.if_host_lost(work)
        if left is not None:
            return left
        end = session.timeslot.end
        if now >= end:
            return await self._end_of_slot(work)
        if now >= session.status_changed_at + self._look and await self._ended_unnoticed(work):
            return Moved()
        warn_at = end - self._warn_before
        if now >= warn_at:
            await self._warn(work, now)
        next_event = end if now >= warn_at else warn_at
        return rest_until(min(next_event, now + self._look), now, "the learner, or the end of the slot")

    async def _ended_unnoticed(self, work: SessionWork) -> bool:
        if not self._delivery.is_due(work.session.id, self._look.total_seconds()):
            return False
        return await self._delivery.tell_ended(work, await self._delivery.look(work))

    async def _end_of_slot(self, work: SessionWork) -> Moved:
        """Work is never wiped before it was collected, when it is to be graded."""
        if not work.session.grading_enabled:
            return await self._stopping.stop(work, SessionOutcome.COMPLETED, "its slot ended; nothing is to be graded")
        await self._sessions.start_collection(work.session.id, StartCollection(reason=TIMESLOT_END))
        return Moved()

    async def _warn(self, work: SessionWork, now: datetime) -> None:
        """Recorded once per end of slot: a slot that was extended is warned of again."""
        end = work.session.timeslot.end.isoformat()
        known = work.session.step(PipelineName.COLLECT, WARN)
        if known is not None and known.result.get("timeslot_end") == end:
            return
        await self._sessions.record_step(
            work.session.id,
            RecordStep(
                pipeline=PipelineName.COLLECT,
                step=WARN,
                status=StepStatus.COMPLETED,
                attempts=1,
                started_at=now,
                ended_at=now,
                result={"timeslot_end": end, "seconds_left": round((work.session.timeslot.end - now).total_seconds())},
            ),
        )
