"""Asks the delivery system how far the learner is, in case an event of it was lost."""

from __future__ import annotations

import structlog

from lablet_controller.application.ports.lds import Lds, LdsProgress, LdsSessionInfo
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import SessionEnded, SessionStarted
from lcm_core.domain.errors import FarEndError
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient

_REMEMBERED = 20_000

log = structlog.stdlib.get_logger(__name__)


class DeliveryWatch:
    """Events are the fast way; this is the sure one. Telling what an event told already changes nothing."""

    def __init__(self, control_plane: ControlPlaneApiClient, lds: Lds, clock: Clock) -> None:
        self._sessions = control_plane.sessions
        self._lds = lds
        self._clock = clock
        self._looked_at: dict[str, float] = {}

    def is_due(self, session_id: str, every_seconds: float) -> bool:
        """Whether the last look is long enough ago. Kept in memory only: a new leader looks once more."""
        looked_at = self._looked_at.get(session_id)
        return looked_at is None or self._clock.monotonic() - looked_at >= every_seconds

    async def look(self, work: SessionWork) -> LdsSessionInfo | None:
        """What LDS knows of the session; None when it cannot be asked now or has no session of ours."""
        self._remember_look(work.session.id)
        try:
            return await self._lds.find_session(work.session.id, region=work.worker.region if work.worker else "")
        except FarEndError as error:
            log.warning("lds_cannot_be_asked", session_id=work.session.id, reason=error.message)
            return None

    def _remember_look(self, session_id: str) -> None:
        self._looked_at.pop(session_id, None)
        self._looked_at[session_id] = self._clock.monotonic()
        while len(self._looked_at) > _REMEMBERED:
            del self._looked_at[next(iter(self._looked_at))]

    async def tell_started(self, work: SessionWork, info: LdsSessionInfo | None) -> bool:
        """Report a login that was never told; whether there was one."""
        if info is None or info.progress is LdsProgress.WAITING:
            return False
        if info.progress is LdsProgress.ENDED and info.started_at is None:
            # closed by somebody before the learner came: that is no login
            return False
        log.warning("lds_event_missing", session_id=work.session.id, lds_event="started")
        started_at = info.started_at or self._clock.now()
        body = SessionStarted(lds_session_id=info.ref.session_id, started_at=started_at)
        return (await self._sessions.notify_session_started(work.session.id, body)).applied

    async def tell_ended(self, work: SessionWork, info: LdsSessionInfo | None) -> bool:
        """Report an end that was never told; whether there was one."""
        if info is None or info.progress is not LdsProgress.ENDED:
            return False
        log.warning("lds_event_missing", session_id=work.session.id, lds_event="ended")
        ended_at = info.ended_at or self._clock.now()
        body = SessionEnded(lds_session_id=info.ref.session_id, ended_at=ended_at, reason=info.end_reason)
        return (await self._sessions.notify_session_ended(work.session.id, body)).applied
