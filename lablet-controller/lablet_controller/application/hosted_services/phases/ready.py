"""READY: the learner may come; the event of the delivery system moves the session on.

When the time for it is over the slot clock of the scheduler asks whether the learner came; LDS is the one who knows.
"""

from __future__ import annotations

from datetime import timedelta

from lablet_controller.application.hosted_services.phases.host_recovery import HostRecovery
from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping
from lablet_controller.application.services.delivery_watch import DeliveryWatch
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.domain.enums import SessionOutcome
from lcm_core.reconcile import RequeueAfter

_LDS_RETRY_SECONDS = 5.0


class ReadyPhase:
    """*look_seconds*: how often LDS is asked whether the learner came, should its event have been lost."""

    def __init__(
        self,
        stopping: Stopping,
        recovery: HostRecovery,
        delivery: DeliveryWatch,
        clock: Clock,
        *,
        look_seconds: float,
    ) -> None:
        self._stopping = stopping
        self._recovery = recovery
        self._delivery = delivery
        self._clock = clock
        self._look = timedelta(seconds=look_seconds)

    async def __call__(self, work: SessionWork) -> PhaseResult:
        session = work.session
        left = await self._stopping.if_requested(work) or await self._recovery.attend(work)
        if left is not None:
            return left
        time_is_over = session.asked_whether_learner_came()
        fresh = self._clock.now() < session.status_changed_at + self._look
        is_due = not fresh and self._delivery.is_due(session.id, self._look.total_seconds())
        if not time_is_over and not is_due:
            return RequeueAfter(self._look.total_seconds(), "the learner")
        gone = await self._recovery.notice_lab(work)
        if gone is not None:
            return gone
        info = await self._delivery.look(work)
        if await self._delivery.tell_started(work, info):
            return Moved()
        if not time_is_over:
            return RequeueAfter(self._look.total_seconds(), "the learner")
        if info is None:
            # the learner's work must not be thrown away because nobody could tell that it exists; the slot clock ends
            # the waiting when the room is to be given back
            return RequeueAfter(_LDS_RETRY_SECONDS, "LDS to say whether the learner came")
        return await self._stopping.stop(work, SessionOutcome.NO_SHOW, "the learner did not log in during the slot")
