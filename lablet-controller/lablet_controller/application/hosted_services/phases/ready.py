"""READY: the learner may come; the event of the delivery system moves the session on."""

from __future__ import annotations

from datetime import timedelta

from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping, rest_until
from lablet_controller.application.services.delivery_watch import DeliveryWatch
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.domain.enums import SessionOutcome
from lcm_core.reconcile import RequeueAfter

_LDS_RETRY_SECONDS = 5.0


class ReadyPhase:
    """*look_seconds*: how often LDS is asked whether the learner came, should its event have been lost."""

    def __init__(self, stopping: Stopping, delivery: DeliveryWatch, clock: Clock, *, look_seconds: float) -> None:
        self._stopping = stopping
        self._delivery = delivery
        self._clock = clock
        self._look = timedelta(seconds=look_seconds)

    async def __call__(self, work: SessionWork) -> PhaseResult:
        session, now = work.session, self._clock.now()
        left = await self._stopping.if_requested(work) or await self._stopping.if_host_lost(work)
        if left is not None:
            return left
        fresh = now < session.status_changed_at + self._look
        is_due = not fresh and self._delivery.is_due(session.id, self._look.total_seconds())
        if now < session.timeslot.end and not is_due:
            return rest_until(min(now + self._look, session.timeslot.end), now, "the learner")
        info = await self._delivery.look(work)
        if await self._delivery.tell_started(work, info):
            return Moved()
        if now < session.timeslot.end:
            return rest_until(min(now + self._look, session.timeslot.end), now, "the learner")
        if info is None and now < session.occupation().end:
            # the learner's work must not be thrown away because nobody could tell that it exists
            return RequeueAfter(_LDS_RETRY_SECONDS, "LDS to say whether the learner came")
        return await self._stopping.stop(work, SessionOutcome.NO_SHOW, "the learner did not log in during the slot")
