"""Tokens of contexts: kept with mode 0600, renewed before they expire, never shown."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lcm_core.cli.api.problem import NotSignedIn
from lcm_core.cli.identity.contexts import Context
from lcm_core.cli.identity.issuer import Issuer
from lcm_core.cli.identity.private_file import config_folder, locked, locked_beside, read_json, write_json

_MARGIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class KeptTokens:
    """What the issuer granted, to which client, for which system. *expires_at*: seconds since 1970, by this clock."""

    client_id: str
    issuer: str
    url: str
    audience: str
    access_token: str = field(repr=False)
    expires_at: float
    refresh_token: str | None = field(default=None, repr=False)

    @classmethod
    def granted(
        cls, client_id: str, context: Context, answer: Mapping[str, Any], before: str | None = None
    ) -> KeptTokens:
        """From the answer of a token endpoint; *before* is the refresh token that stays good when no new one came."""
        return cls(
            client_id=client_id,
            issuer=context.issuer,
            url=context.url,
            audience=context.audience,
            access_token=str(answer["access_token"]),
            expires_at=time.time() + float(answer.get("expires_in", 60)),
            refresh_token=answer.get("refresh_token", before),
        )

    def are_for(self, context: Context) -> bool:
        """A token goes to no other system than the one that it was granted for, though that has the same name now."""
        granted_for = self.issuer, self.url, self.audience
        return granted_for == (context.issuer, context.url, context.audience)

    @property
    def fresh(self) -> bool:
        return time.time() < self.expires_at - _MARGIN_SECONDS

    def claims(self) -> dict[str, Any]:
        """What the token says of itself, to be shown: nobody has checked it here. Empty when it cannot be read."""
        return claims_of(self.access_token)


class TokenStore:
    """What is in ``tokens.json``: one entry for each context."""

    def __init__(self, folder: Path | None = None) -> None:
        self.file = (folder or config_folder()) / "tokens.json"

    def of(self, context: Context) -> KeptTokens | None:
        """None also when they were granted for another system than the context names now, or cannot be read."""
        found = read_json(self.file).get(context.name)
        try:
            kept = KeptTokens(**found) if found is not None else None
        except TypeError:
            # kept by another release: whoever they belong to signs in again
            return None
        return kept if kept is not None and kept.are_for(context) else None

    def keep(self, context: Context, tokens: KeptTokens) -> None:
        with locked(self.file):
            self.keep_unlocked(context, tokens)

    def keep_unlocked(self, context: Context, tokens: KeptTokens) -> None:
        """For whoever holds the lock already."""
        write_json(self.file, {**read_json(self.file), context.name: asdict(tokens)})

    def forget(self, name: str) -> None:
        with locked(self.file):
            write_json(self.file, {key: value for key, value in read_json(self.file).items() if key != name})


class ContextTokens:
    """Tokens for calls in one context: from ``LCM_TOKEN``, a client's secret in the environment, or what was kept."""

    def __init__(self, context: Context, store: TokenStore, issuer: Issuer) -> None:
        self._context = context
        self._store = store
        self._issuer = issuer
        self._granted: KeptTokens | None = None

    async def token(self) -> str:
        given = os.environ.get("LCM_TOKEN")
        if given:
            return given
        kept = self._granted or self._store.of(self._context)
        if kept is not None and kept.fresh:
            return kept.access_token
        return (await self._renew(kept)).access_token

    async def renewed(self, refused: str) -> str | None:
        if os.environ.get("LCM_TOKEN"):
            return None
        kept = self._granted or self._store.of(self._context)
        if kept is not None and kept.access_token != refused:
            return kept.access_token
        try:
            return (await self._renew(kept)).access_token
        except NotSignedIn:
            return None

    async def _renew(self, kept: KeptTokens | None) -> KeptTokens:
        """One process at a time: an issuer takes a refresh token that comes twice for a stolen one."""
        secret = os.environ.get("LCM_CLIENT_SECRET")
        if secret and (kept is None or kept.refresh_token is None):
            client_id = kept.client_id if kept is not None else self._context.client_id
            answer = await self._issuer.client_credentials(client_id, secret)
            self._granted = KeptTokens.granted(client_id, self._context, answer)
            return self._granted
        if kept is None:
            raise NotSignedIn(f"Nobody is signed in to the context {self._context.name!r}.")
        if kept.refresh_token is None:
            raise NotSignedIn(f"The sign-in of {kept.client_id!r} has expired; LCM_CLIENT_SECRET would renew it.")
        async with locked_beside(self._store.file):
            return await self._refreshed(kept)

    async def _refreshed(self, kept: KeptTokens) -> KeptTokens:
        now = self._store.of(self._context)
        if now is not None and now.access_token != kept.access_token and now.fresh:
            return now
        newest = now or kept
        answer = await self._issuer.refresh(newest.client_id, str(newest.refresh_token))
        tokens = KeptTokens.granted(newest.client_id, self._context, answer, newest.refresh_token)
        self._store.keep_unlocked(self._context, tokens)
        return tokens


def claims_of(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]
