"""Logins under way and browser sessions, kept on the server; a browser holds only an unguessable key to its own."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.asynchronous.database import AsyncDatabase

from control_plane_api.application.identity import (
    Browser,
    Ending,
    KnownSession,
    LoggedIn,
    LogoutNotice,
    PendingLogin,
    WebSession,
)
from lcm_core.auth import Principal, Role
from lcm_core.clock import Clock
from lcm_core.eventstore.store_errors import store_errors

_LOGIN_MINUTES = 10
_LONGEST_USER_AGENT = 300
_MOST_LISTED = 200
_SHARE_WORTH_WRITING = 0.05
"""A session that was used is written again when so much of its idle time has gone: not with every request."""


class MongoWebSessions:
    """``WebSessionStore`` in ``web_logins`` and ``web_sessions``; keys are hashed, so that a dump logs nobody in."""

    def __init__(
        self,
        database: AsyncDatabase[dict[str, Any]],
        *,
        session_hours: float,
        idle_minutes: float,
        clock: Clock,
    ) -> None:
        self._logins = database["web_logins"]
        self._sessions = database["web_sessions"]
        self._lifetime = timedelta(hours=session_hours)
        self._idle = min(timedelta(minutes=idle_minutes), self._lifetime)
        self._clock = clock

    async def ensure_indexes(self) -> None:
        await self._logins.create_index("expires_at", expireAfterSeconds=0)
        await self._sessions.create_index("expires_at", expireAfterSeconds=0)
        await self._sessions.create_index([("subject", ASCENDING), ("live", ASCENDING)])
        await self._sessions.create_index([("live", ASCENDING), ("last_seen_at", DESCENDING)])
        await self._sessions.create_index([("issuer_session", ASCENDING), ("live", ASCENDING)])

    async def remember_login(self, login: PendingLogin) -> str:
        """Keep *login* for ten minutes; the answer is the state that the browser brings back."""
        state = secrets.token_urlsafe(32)
        with store_errors("keeping a login"):
            await self._logins.insert_one(
                {
                    "_id": _hashed(state),
                    "nonce": login.nonce,
                    "code_verifier": login.code_verifier,
                    "return_to": login.return_to,
                    "expires_at": self._clock.now() + timedelta(minutes=_LOGIN_MINUTES),
                }
            )
        return state

    async def take_login(self, state: str) -> PendingLogin | None:
        """The login remembered under *state*, once: the second caller gets None."""
        key = _hashed(state)
        with store_errors("looking for a login"):
            found = await self._logins.find_one({"_id": key})
        if found is None or _aware(found["expires_at"]) <= self._clock.now():
            return None
        with store_errors("taking a login"):
            taken = await self._logins.delete_one({"_id": key})
        if taken.deleted_count != 1:
            return None
        return PendingLogin(nonce=found["nonce"], code_verifier=found["code_verifier"], return_to=found["return_to"])

    async def begin(self, who: LoggedIn, browser: Browser) -> tuple[str, WebSession]:
        """A new session: its key, which only the browser keeps, and what belongs to it."""
        key, now, principal = secrets.token_urlsafe(32), self._clock.now(), who.principal
        session = WebSession(principal, secrets.token_urlsafe(32), now + self._lifetime, now + self._idle)
        document = {
            "_id": _hashed(key),
            "subject": principal.subject,
            "client_id": principal.client_id,
            "name": principal.name,
            "roles": sorted(role.value for role in principal.roles),
            "csrf_token": session.csrf_token,
            "remote_address": browser.remote_address,
            "user_agent": browser.user_agent[:_LONGEST_USER_AGENT],
            "created_at": now,
            "last_seen_at": now,
            "idle_until": session.idle_until,
            "expires_at": session.expires_at,
            "live": True,
        }
        if who.issuer_session is not None:
            document["issuer_session"] = who.issuer_session
        with store_errors("beginning a web session"):
            await self._sessions.insert_one(document)
        return key, session

    async def find(self, key: str, *, is_used: bool = True) -> WebSession | None:
        """The live session of *key*, None when it ended or never was; used, it is idle from now on."""
        now = self._clock.now()
        with store_errors("looking for a web session"):
            found = await self._sessions.find_one({"_id": _hashed(key)})
        # One that was stored by an earlier release lacks what is asked here: its browser logs in again.
        if found is None or not found.get("live"):
            return None
        idle_until, expires_at = _aware(found["idle_until"]), _aware(found["expires_at"])
        if min(idle_until, expires_at) <= now:
            return None
        if is_used and now + self._idle - idle_until > self._idle * _SHARE_WORTH_WRITING:
            idle_until = now + self._idle
            with store_errors("using a web session"):
                await self._sessions.update_one(
                    {"_id": found["_id"], "live": True}, {"$set": {"last_seen_at": now, "idle_until": idle_until}}
                )
        return WebSession(_principal_of(found), found["csrf_token"], expires_at, idle_until)

    async def end(self, key: str, ending: Ending) -> None:
        await self._end({"_id": _hashed(key)}, ending)

    async def end_all(self, notice: LogoutNotice, ending: Ending) -> int:
        """End every live session that *notice* is about; the answer is how many."""
        if notice.issuer_session is not None:
            return await self._end({"issuer_session": notice.issuer_session}, ending)
        return await self._end({"subject": notice.subject}, ending) if notice.subject is not None else 0

    async def _end(self, which: Mapping[str, Any], ending: Ending) -> int:
        """Ended sessions stay until they would have expired: so long can it be told who ended them and why."""
        told = {"at": self._clock.now(), "by": ending.by, "reason": ending.reason}
        with store_errors("ending web sessions"):
            ended = await self._sessions.update_many({**which, "live": True}, {"$set": {"live": False, "ended": told}})
        return ended.modified_count

    async def live_of(self, subject: str | None, *, this_key: str | None = None) -> Sequence[KnownSession]:
        """The live sessions of a person, or of everybody; the last used first, and not more than some."""
        now = self._clock.now()
        this = _hashed(this_key) if this_key is not None else None
        with store_errors("listing web sessions"):
            found = await (
                self._sessions.find({"live": True} if subject is None else {"subject": subject, "live": True})
                .sort("last_seen_at", DESCENDING)
                .limit(_MOST_LISTED)
                .to_list()
            )
        live = [each for each in found if min(_aware(each["idle_until"]), _aware(each["expires_at"])) > now]
        return [_known(each, is_this_one=each["_id"] == this) for each in live]


def _known(document: Mapping[str, Any], *, is_this_one: bool) -> KnownSession:
    return KnownSession(
        subject=document["subject"],
        name=document["name"],
        roles=tuple(sorted(document["roles"])),
        browser=Browser(document["remote_address"], document["user_agent"]),
        created_at=_aware(document["created_at"]),
        last_seen_at=_aware(document["last_seen_at"]),
        expires_at=_aware(document["expires_at"]),
        is_this_one=is_this_one,
    )


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _aware(at: datetime) -> datetime:
    """MongoDB dates come back without a zone unless the client was asked for one; they are UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _principal_of(document: Mapping[str, Any]) -> Principal:
    return Principal(
        subject=document["subject"],
        client_id=document["client_id"],
        roles=frozenset(role for role in Role if role.value in document["roles"]),
        name=document["name"],
    )
