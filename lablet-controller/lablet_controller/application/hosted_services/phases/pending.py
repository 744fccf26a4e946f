"""PENDING: the scheduler's; here only the way out."""

from __future__ import annotations

from lablet_controller.application.hosted_services.phases.phase import PhaseResult, Stopping
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.reconcile import Done


class PendingPhase:
    def __init__(self, stopping: Stopping) -> None:
        self._stopping = stopping

    async def __call__(self, work: SessionWork) -> PhaseResult:
        return await self._stopping.if_requested(work) or Done()
