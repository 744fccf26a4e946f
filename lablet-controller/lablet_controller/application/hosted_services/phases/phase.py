"""What every phase is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lablet_controller.application.services.pipeline import Waiting
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.contracts.sessions import StopSession
from lcm_core.domain.enums import CMLWorkerStatus, SessionOutcome
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import RequeueAfter, Result

LOST_STATUSES = frozenset({CMLWorkerStatus.TERMINATED, CMLWorkerStatus.TERMINATING, CMLWorkerStatus.FAILED})
"""Workers that do not come back."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The session is in another state now: look at it again at once."""


PhaseResult = Result | Moved


class Phase(Protocol):
    async def __call__(self, work: SessionWork) -> PhaseResult:
        """Look at the world, do what is due, idempotently; may be killed at any line."""
        ...


def wait_on(waiting: Waiting) -> RequeueAfter:
    return RequeueAfter(waiting.seconds, f"{waiting.step}: {waiting.waiting_for}")


class Stopping:
    """Sends sessions on their way out."""

    def __init__(self, control_plane: ControlPlaneApiClient) -> None:
        self._sessions = control_plane.sessions

    async def stop(self, work: SessionWork, outcome: SessionOutcome, reason: str) -> Moved:
        await self._sessions.stop(work.session.id, StopSession(outcome=outcome, reason=reason[:2000]))
        return Moved()

    async def if_requested(self, work: SessionWork) -> Moved | None:
        """A termination that was asked for comes before anything else; the outcome decided then is kept."""
        session = work.session
        if not session.terminate_requested:
            return None
        reason = session.outcome_reason or "termination was requested"
        return await self.stop(work, session.outcome or SessionOutcome.CANCELLED, reason)
