"""A user session: the delivery of a lablet session to its learner."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import user_session_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.enums import SessionOutcome, UserSessionStatus
from lcm_core.domain.transitions import USER_SESSION_VALID_TRANSITIONS
from lcm_core.domain.values import DeviceAccess

_U = UserSessionStatus
_SLOT_RAN_OUT = frozenset({SessionOutcome.EXPIRED, SessionOutcome.NO_SHOW})


class UserSessionState(BaseModel):
    """Fields of UserSessionReadModel."""

    lablet_session_id: str
    lds_session_id: str
    lds_deployment: str
    form_qualified_name: str
    login_url: str = ""
    devices: tuple[DeviceAccess, ...] = ()
    status: UserSessionStatus
    started_at: AwareDatetime | None = None
    clock_changed_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    end_reason: str = ""
    created_at: AwareDatetime


class UserSession(AggregateRoot[UserSessionState]):
    """Methods that answer bool say whether anything changed; late and repeated reports change nothing."""

    kind = "user_session"
    collection = "user_sessions"

    @classmethod
    def create(
        cls,
        id: str,
        *,
        lablet_session_id: str,
        lds_session_id: str,
        lds_deployment: str,
        form_qualified_name: str,
        stamp: Stamp,
    ) -> Self:
        created = cls(id)
        created.record(
            events.UserSessionCreatedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                lablet_session_id=lablet_session_id,
                lds_session_id=lds_session_id,
                lds_deployment=lds_deployment,
                form_qualified_name=form_qualified_name,
            )
        )
        return created

    @property
    def is_over(self) -> bool:
        return not USER_SESSION_VALID_TRANSITIONS[self.state.status]

    def provision(self, login_url: str, devices: tuple[DeviceAccess, ...], stamp: Stamp) -> None:
        self._require(_U.PROVISIONED)
        self.record(
            events.UserSessionProvisionedDomainEvent(at=stamp.at, by=stamp.by, login_url=login_url, devices=devices)
        )

    def devices_moved(self, login_url: str, devices: tuple[DeviceAccess, ...], stamp: Stamp) -> bool:
        """The lab was made again on another host: the same delivery, other addresses."""
        if self.is_over or (login_url, devices) == (self.state.login_url, self.state.devices):
            return False
        self.record(
            events.UserSessionDevicesMovedDomainEvent(at=stamp.at, by=stamp.by, login_url=login_url, devices=devices)
        )
        return True

    def start(self, started_at: datetime, stamp: Stamp) -> bool:
        if self.is_over or self.state.started_at is not None:
            return False
        self._require(_U.ACTIVE)
        self.record(events.UserSessionStartedDomainEvent(at=stamp.at, by=stamp.by, started_at=started_at))
        return True

    def pause(self, paused_at: datetime, stamp: Stamp) -> bool:
        """ACTIVE → PAUSED. While PAUSED already, the learner went on in between and nobody told."""
        if self.is_over or self._is_old_news(paused_at):
            return False
        if self.state.status is _U.PAUSED:
            self._go_on(paused_at, stamp)
        self._stand_still(paused_at, stamp)
        return True

    def resume(self, resumed_at: datetime, stamp: Stamp) -> bool:
        """PAUSED → ACTIVE. While ACTIVE, this overtook the news of the pause, which is old when it comes."""
        if self.is_over or self._is_old_news(resumed_at):
            return False
        if self.state.status is not _U.PAUSED:
            self._stand_still(resumed_at, stamp)
        self._go_on(resumed_at, stamp)
        return True

    def _stand_still(self, at: datetime, stamp: Stamp) -> None:
        self._require(_U.PAUSED)
        self.record(events.UserSessionPausedDomainEvent(at=stamp.at, by=stamp.by, paused_at=at))

    def _go_on(self, at: datetime, stamp: Stamp) -> None:
        self._require(_U.ACTIVE)
        self.record(events.UserSessionResumedDomainEvent(at=stamp.at, by=stamp.by, resumed_at=at))

    def _is_old_news(self, at: datetime) -> bool:
        """Pauses come in any order; only the far end's own time tells which of them is the last."""
        last = self.state.clock_changed_at
        return last is not None and at <= last

    def end(self, ended_at: datetime, reason: str, stamp: Stamp) -> bool:
        if self.is_over:
            return False
        self._require(_U.ENDED)
        self.record(events.UserSessionEndedDomainEvent(at=stamp.at, by=stamp.by, ended_at=ended_at, reason=reason))
        return True

    def expire(self, ended_at: datetime, reason: str, stamp: Stamp) -> bool:
        if self.is_over:
            return False
        self._require(_U.EXPIRED)
        self.record(events.UserSessionExpiredDomainEvent(at=stamp.at, by=stamp.by, ended_at=ended_at, reason=reason))
        return True

    def fault(self, ended_at: datetime, reason: str, stamp: Stamp) -> bool:
        if self.is_over:
            return False
        self._require(_U.FAULTED)
        self.record(events.UserSessionFaultedDomainEvent(at=stamp.at, by=stamp.by, ended_at=ended_at, reason=reason))
        return True

    def close(self, outcome: SessionOutcome, reason: str, stamp: Stamp) -> bool:
        """The session is being stopped: expired when its slot ran out, ended otherwise."""
        if outcome in _SLOT_RAN_OUT:
            return self.expire(stamp.at, reason, stamp)
        return self.end(stamp.at, reason, stamp)

    def _require(self, target: UserSessionStatus) -> None:
        require_transition(self.kind, self.id, USER_SESSION_VALID_TRANSITIONS, self.state.status, target)

    @when(events.UserSessionCreatedDomainEvent)
    def _created(self, event: events.UserSessionCreatedDomainEvent) -> None:
        self.state = UserSessionState(
            status=_U.PROVISIONING,
            lablet_session_id=event.lablet_session_id,
            lds_session_id=event.lds_session_id,
            lds_deployment=event.lds_deployment,
            form_qualified_name=event.form_qualified_name,
            created_at=event.at,
        )

    @when(events.UserSessionProvisionedDomainEvent)
    def _provisioned(self, event: events.UserSessionProvisionedDomainEvent) -> None:
        self.state.status = _U.PROVISIONED
        self.state.login_url = event.login_url
        self.state.devices = event.devices

    @when(events.UserSessionDevicesMovedDomainEvent)
    def _devices_moved(self, event: events.UserSessionDevicesMovedDomainEvent) -> None:
        self.state.login_url = event.login_url
        self.state.devices = event.devices

    @when(events.UserSessionStartedDomainEvent)
    def _started(self, event: events.UserSessionStartedDomainEvent) -> None:
        self.state.status = _U.ACTIVE
        self.state.started_at = event.started_at

    @when(events.UserSessionPausedDomainEvent)
    def _paused(self, event: events.UserSessionPausedDomainEvent) -> None:
        self.state.status = _U.PAUSED
        self.state.clock_changed_at = event.paused_at

    @when(events.UserSessionResumedDomainEvent)
    def _resumed(self, event: events.UserSessionResumedDomainEvent) -> None:
        self.state.status = _U.ACTIVE
        self.state.clock_changed_at = event.resumed_at

    @when(events.UserSessionEndedDomainEvent)
    def _ended(self, event: events.UserSessionEndedDomainEvent) -> None:
        self._over(_U.ENDED, event.ended_at, event.reason)

    @when(events.UserSessionExpiredDomainEvent)
    def _expired(self, event: events.UserSessionExpiredDomainEvent) -> None:
        self._over(_U.EXPIRED, event.ended_at, event.reason)

    @when(events.UserSessionFaultedDomainEvent)
    def _faulted(self, event: events.UserSessionFaultedDomainEvent) -> None:
        self._over(_U.FAULTED, event.ended_at, event.reason)

    def _over(self, status: UserSessionStatus, ended_at: datetime, reason: str) -> None:
        self.state.status = status
        self.state.ended_at = ended_at
        self.state.end_reason = reason
