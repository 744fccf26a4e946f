"""What the delivery system tells of a session, applied to ours."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import datetime

from lablet_controller.application.events.inbound_events import (
    BEFORE_READY,
    Handler,
    LdsSessionData,
    LdsSessionEndedData,
    LdsSessionFaultedData,
    LdsSessionPausedData,
    LdsSessionResumedData,
    LdsSessionStartedData,
    NotYetApplicable,
    moment_of,
)
from lablet_controller.application.ports.lds import Lds, LdsProgress
from lcm_core.clock import Clock
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import InboundEvent
from lcm_core.contracts.sessions import (
    SessionEnded,
    SessionFaulted,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    StopSession,
)
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome, UserSessionStatus
from lcm_core.domain.errors import IllegalTransition, NotFound
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.integration.clients.sessions_api import SessionsApi

_BEFORE_LOGIN = frozenset(
    {*BEFORE_READY, LabletSessionStatus.READY, UserSessionStatus.PROVISIONING, UserSessionStatus.PROVISIONED}
)


class LdsEvents:
    """One handler for each type. An event that overtook the login brings the login along; LDS is asked for its time."""

    def __init__(self, sessions: SessionsApi, lds: Lds, clock: Clock) -> None:
        self._sessions = sessions
        self._lds = lds
        self._clock = clock
        self.handlers: Mapping[str, Handler] = {
            "lds.session.started": self._started,
            "lds.session.paused": self._paused,
            "lds.session.resumed": self._resumed,
            "lds.session.faulted": self._faulted,
            "lds.session.ended": self._ended,
        }

    async def _started(self, event: InboundEvent) -> Applied:
        data = LdsSessionStartedData.model_validate(event.data)
        session = await self._session_of(data)
        started_at = moment_of(event, data.started_at, self._clock)
        body = SessionStarted(lds_session_id=data.session_id, started_at=started_at, event=event.key)
        return await self._sessions.notify_session_started(session.id, body)

    async def _paused(self, event: InboundEvent) -> Applied:
        data = LdsSessionPausedData.model_validate(event.data)
        session = await self._session_of(data)
        paused_at = moment_of(event, data.paused_at, self._clock)
        await self._tell_missing_login(session, data, paused_at)
        body = SessionPaused(lds_session_id=data.session_id, paused_at=paused_at, event=event.key)
        return await _after_login(session.id, self._sessions.notify_session_paused(session.id, body))

    async def _resumed(self, event: InboundEvent) -> Applied:
        data = LdsSessionResumedData.model_validate(event.data)
        session = await self._session_of(data)
        resumed_at = moment_of(event, data.resumed_at, self._clock)
        await self._tell_missing_login(session, data, resumed_at)
        body = SessionResumed(lds_session_id=data.session_id, resumed_at=resumed_at, event=event.key)
        return await _after_login(session.id, self._sessions.notify_session_resumed(session.id, body))

    async def _faulted(self, event: InboundEvent) -> Applied:
        """A fault may come before anybody logged in; what somebody did who had logged in must be collected."""
        data = LdsSessionFaultedData.model_validate(event.data)
        session = await self._session_of(data)
        await self._tell_missing_login(session, data, None)
        body = SessionFaulted(
            lds_session_id=data.session_id,
            faulted_at=moment_of(event, data.faulted_at, self._clock),
            error=data.error[:2000],
            event=event.key,
        )
        return await self._sessions.notify_session_faulted(session.id, body)

    async def _ended(self, event: InboundEvent) -> Applied:
        data = LdsSessionEndedData.model_validate(event.data)
        session = await self._session_of(data)
        ended_at = moment_of(event, data.ended_at, self._clock)
        if session.status is LabletSessionStatus.READY:
            refused = await self._catch_up_with_login(session, data, ended_at)
            if refused is not None:
                return refused
        body = SessionEnded(
            lds_session_id=data.session_id, ended_at=ended_at, reason=data.reason[:2000], event=event.key
        )
        return await self._sessions.notify_session_ended(session.id, body)

    async def _catch_up_with_login(
        self, session: LabletSessionReadModel, data: LdsSessionEndedData, ended_at: datetime
    ) -> Applied | None:
        """An end without a login: either the login's event is late, or nobody logged in; LDS knows which."""
        info = await self._lds.find_session(session.id)
        if info is not None and info.progress is LdsProgress.ENDED and info.started_at is None:
            reason = (
                f"the delivery system closed the session before the learner came: {data.reason or 'no reason given'}"
            )
            return await self._sessions.stop(session.id, StopSession(outcome=SessionOutcome.NO_SHOW, reason=reason))
        await self._tell_login(session, data, (info.started_at if info else None) or ended_at)
        return None

    async def _tell_missing_login(
        self, session: LabletSessionReadModel, data: LdsSessionData, latest: datetime | None
    ) -> None:
        """The login, should its event still be on its way. *latest* when it is certain that there was one by then."""
        if session.status is not LabletSessionStatus.READY:
            return
        info = await self._lds.find_session(session.id)
        started_at = (info.started_at if info else None) or latest
        if started_at is not None:
            await self._tell_login(session, data, started_at)

    async def _tell_login(self, session: LabletSessionReadModel, data: LdsSessionData, started_at: datetime) -> None:
        body = SessionStarted(lds_session_id=data.session_id, started_at=started_at)
        await self._sessions.notify_session_started(session.id, body)

    async def _session_of(self, data: LdsSessionData) -> LabletSessionReadModel:
        """By LDS's id; by our own, which LDS repeats, while LDS's is not recorded yet."""
        try:
            session = await self._sessions.get_by_lds_session(data.session_id)
        except NotFound:
            if data.auth_id is None:
                raise
            session = await self._sessions.get(data.auth_id)
        if session.status in BEFORE_READY:
            raise NotYetApplicable(session.id, f"session {session.id} is {session.status.value}")
        return session


async def _after_login(session_id: str, telling: Awaitable[Applied]) -> Applied:
    """What only a delivery that has begun can take is early before that."""
    try:
        return await telling
    except IllegalTransition as error:
        if error.source not in _BEFORE_LOGIN:
            raise
        raise NotYetApplicable(session_id, f"session {session_id} is {error.source}") from error
