"""The lab delivery system (LDS): where the learner logs in and sees the devices.

Errors are those of lcm-core's tree: NotFound, Conflict, FarEndError and its subclass below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import SecretStr

from lcm_core.domain.errors import FarEndError
from lcm_core.domain.values import Candidate, DeviceAccess


@dataclass(frozen=True, slots=True)
class LdsSessionRef:
    """A delivery session and the deployment that holds it."""

    session_id: str
    deployment: str


class LdsProgress(StrEnum):
    """How far the learner is."""

    WAITING = "waiting"
    STARTED = "started"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LdsSessionInfo:
    """*status* is LDS's own word; the times are None where LDS does not say."""

    ref: LdsSessionRef
    auth_id: str
    status: str
    progress: LdsProgress
    archived: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""


@dataclass(frozen=True, slots=True)
class LdsBooking:
    """What LDS must know to make a session. *auth_id* is our session id: LDS holds at most one session of it.

    Unless it *may_be_elsewhere*, deployments of other regions that do not answer do not keep it from being made.
    """

    auth_id: str
    candidate: Candidate
    starts_at: datetime
    ends_at: datetime
    form_qualified_name: str
    region: str
    may_be_elsewhere: bool = True


class LdsSessionClosed(FarEndError):
    """LDS never reuses an auth_id: once archived, no second session can be made for it."""

    def __init__(self, info: LdsSessionInfo) -> None:
        super().__init__(
            "lds",
            f"LDS session {info.ref.session_id} of {info.auth_id} is {info.status} and cannot be opened again; "
            "book a new session.",
            retryable=False,
            code="lds-session-closed",
            facts={"lds_session_id": info.ref.session_id, "deployment": info.ref.deployment, "status": info.status},
        )


class Lds(Protocol):
    """Every call has a deadline; all of them may be repeated."""

    async def create_session_with_part(self, booking: LdsBooking) -> LdsSessionRef:
        """The open session of *booking.auth_id*: the one found, else a new one with one part for the content.

        Raises ``LdsSessionClosed`` when there was one and it is archived.
        """
        ...

    async def find_session(self, auth_id: str, *, region: str = "") -> LdsSessionInfo | None:
        """Looks in every enabled deployment; raises when one of them cannot be asked and none of the others has it."""
        ...

    @property
    def deployments(self) -> Sequence[str]:
        """Ids of those that are enabled."""
        ...

    async def open_sessions(self, deployment: str) -> Sequence[LdsSessionInfo]:
        """Sessions that this product made there and that are not archived."""
        ...

    async def set_devices(
        self,
        ref: LdsSessionRef,
        devices: Sequence[DeviceAccess],
        passwords: Mapping[str, SecretStr] | None = None,
    ) -> None:
        """Replace the whole list. *passwords* by the name of the device, which go nowhere else."""
        ...

    async def launch_url(self, ref: LdsSessionRef) -> str:
        """The learner's link; asking for it tells LDS that the learner may come."""
        ...

    async def get_session_info(self, ref: LdsSessionRef) -> LdsSessionInfo: ...

    async def archive_session(self, ref: LdsSessionRef) -> None:
        """Idempotent; a session that LDS does not know any more counts as archived."""
        ...
