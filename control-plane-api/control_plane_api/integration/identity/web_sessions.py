"""Logins under way and browser sessions, kept on the server; a browser holds only an unguessable key to its own."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from control_plane_api.application.identity import PendingLogin, WebSession
from lcm_core.auth import Principal, Role
from lcm_core.clock import Clock
from lcm_core.eventstore.store_errors import store_errors

_LOGIN_MINUTES = 10


class MongoWebSessions:
    """``WebSessionStore`` in ``web_logins`` and ``web_sessions``; keys are hashed, so that a dump logs nobody in."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], *, session_hours: float, clock: Clock) -> None:
        self._logins = database["web_logins"]
        self._sessions = database["web_sessions"]
        self._lifetime = timedelta(hours=session_hours)
        self._clock = clock

    async def ensure_indexes(self) -> None:
        await self._logins.create_index("expires_at", expireAfterSeconds=0)
        await self._sessions.create_index("expires_at", expireAfterSeconds=0)

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

    async def begin(self, principal: Principal) -> tuple[str, WebSession]:
        """A new session: its key, which only the browser keeps, and what belongs to it."""
        key = secrets.token_urlsafe(32)
        session = WebSession(principal, secrets.token_urlsafe(32), self._clock.now() + self._lifetime)
        with store_errors("beginning a web session"):
            await self._sessions.insert_one(
                {
                    "_id": _hashed(key),
                    "subject": principal.subject,
                    "client_id": principal.client_id,
                    "name": principal.name,
                    "roles": sorted(role.value for role in principal.roles),
                    "csrf_token": session.csrf_token,
                    "created_at": self._clock.now(),
                    "expires_at": session.expires_at,
                }
            )
        return key, session

    async def find(self, key: str) -> WebSession | None:
        """The live session of *key*, None when it ended or never was."""
        with store_errors("looking for a web session"):
            found = await self._sessions.find_one({"_id": _hashed(key)})
        if found is None or _aware(found["expires_at"]) <= self._clock.now():
            return None
        return WebSession(_principal_of(found), found["csrf_token"], _aware(found["expires_at"]))

    async def end(self, key: str) -> None:
        with store_errors("ending a web session"):
            await self._sessions.delete_one({"_id": _hashed(key)})


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
