"""RUNNING: the learner works; an event of the delivery system, or the slot clock, moves the session on."""

from __future__ import annotations

from datetime import timedelta

from lablet_controller.application.hosted_services.phases.host_recovery import HostRecovery
from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping
from lablet_controller.application.services.delivery_watch import DeliveryWatch
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.reconcile import RequeueAfter


class RunningPhase:
    """*look_seconds*: how often LDS is asked whether the learner is still there, should its event have been lost."""

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
        self._look_seconds = look_seconds

    async def __call__(self, work: SessionWork) -> PhaseResult:
        left = await self._stopping.if_requested(work) or await self._recovery.attend(work)
        if left is not None:
            return left
        fresh = self._clock.now() < work.session.status_changed_at + timedelta(seconds=self._look_seconds)
        if not fresh and await self._ended_unnoticed(work):
            return Moved()
        return RequeueAfter(self._look_seconds, "the learner, or the end of the slot")

    async def _ended_unnoticed(self, work: SessionWork) -> bool:
        if not self._delivery.is_due(work.session.id, self._look_seconds):
            return False
        if await self._recovery.notice_lab(work) is not None:
            return True
        return await self._delivery.tell_ended(work, await self._delivery.look(work))
