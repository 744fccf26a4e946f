"""Who may send CloudEvents: which sources each sender speaks for, how often, and how it shows who it is."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Annotated, Self

from fastapi import HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from lcm_core.auth import InvalidToken, Principal, Role
from lcm_core.clock import Clock
from lcm_core.contracts.inbound_events import InboundEvent

SIGNATURE_HEADER = "webhook-signature"
_ID_HEADER, _TIME_HEADER = "webhook-id", "webhook-timestamp"
_MOST_SIGNATURES = 8
_MINUTE_SECONDS = 60.0

Pattern = Annotated[str, Field(min_length=1, max_length=512)]


class EventSender(BaseModel):
    """A far end. *id* is its OIDC client, or the name of its signing secret; patterns are shell-like (``*``, ``?``)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9._-]+$")]
    sources: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    origins: tuple[Pattern, ...] = ()
    requests_per_minute: Annotated[int, Field(ge=1)] = 6000


class EventSenders(BaseModel):
    """An empty list lets every holder of the role send from any source, and grants no webhook handshake."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    senders: tuple[EventSender, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        ids = [sender.id for sender in self.senders]
        if len(set(ids)) != len(ids):
            raise ValueError("every sender needs an id of its own")
        return self

    def require_sources(self, principal: Principal, events: Iterable[InboundEvent]) -> None:
        """Raises 403 when one of *events* has a source that its sender does not speak for."""
        if not self.senders:
            return
        known = self._known(principal)
        if known is None:
            raise HTTPException(403, f"Sender {sender_of(principal)!r} is not in the list of event senders.")
        for event in events:
            source = event.key.source
            if not _matches(source, known.sources):
                detail = f"Sender {known.id!r} may not send events of source {source!r}; nothing was kept."
                raise HTTPException(403, detail)

    def allowance(self, origin: str) -> int | None:
        """Requests per minute granted to *origin*; None when it may not send at all."""
        granted = [
            sender.requests_per_minute
            for sender in self.senders
            if _matches(origin.lower(), [each.lower() for each in sender.origins])
        ]
        return max(granted, default=None)

    def requests_per_minute(self, principal: Principal) -> int | None:
        known = self._known(principal)
        return known.requests_per_minute if known is not None else None

    def _known(self, principal: Principal) -> EventSender | None:
        names = (principal.client_id, principal.subject)
        return next((sender for sender in self.senders if sender.id in names), None)


def sender_of(principal: Principal) -> str:
    return principal.client_id or principal.subject


def _matches(value: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


class SenderRates:
    """Counts the requests of each sender in this minute, in this instance."""

    def __init__(self, senders: EventSenders, clock: Clock) -> None:
        self._senders = senders
        self._clock = clock
        self._since = clock.monotonic()
        self._counts: dict[str, int] = {}

    def admit(self, principal: Principal) -> None:
        """Raises 429 with ``Retry-After`` for a request beyond what the sender was granted."""
        allowed = self._senders.requests_per_minute(principal)
        if allowed is None:
            return
        passed = self._clock.monotonic() - self._since
        if passed >= _MINUTE_SECONDS:
            self._since, passed = self._clock.monotonic(), 0.0
            self._counts.clear()
        sender = sender_of(principal)
        self._counts[sender] = self._counts.get(sender, 0) + 1
        if self._counts[sender] > allowed:
            wait = {"Retry-After": str(max(1, round(_MINUTE_SECONDS - passed)))}
            raise HTTPException(429, f"Sender {sender!r} may send {allowed} requests a minute.", headers=wait)


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """A secret that a sender signs with; several of one sender overlap while they are exchanged."""

    sender: str
    key: bytes


def signing_secrets(text: SecretStr | None) -> tuple[SigningSecret, ...]:
    """From ``sender=secret`` pairs between spaces; ``whsec_`` and base64, or as it stands. Raises ValueError."""
    found: list[SigningSecret] = []
    for number, pair in enumerate((text.get_secret_value() if text else "").split(), 1):
        sender, _, secret = pair.partition("=")
        if not sender or not secret:
            raise ValueError(f"signing secret {number} is not of the form sender=secret")
        try:
            encoded = secret.startswith("whsec_")
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True) if encoded else secret.encode()
        except binascii.Error:
            raise ValueError(f"signing secret {number}, of {sender}, is not base64 after whsec_") from None
        if len(key) < 16:
            raise ValueError(f"signing secret {number}, of {sender}, is shorter than 16 bytes")
        found.append(SigningSecret(sender, key))
    return tuple(found)


class SignatureAuthenticator:
    """HMAC-SHA256 as of Standard Webhooks: over id, timestamp and body.

    In binary mode the event's identity stands in ``ce-`` headers, so that these are signed as well.
    """

    def __init__(
        self, secrets: Sequence[SigningSecret], clock: Clock, *, path: str, window_seconds: float = 300
    ) -> None:
        self._secrets = secrets
        self._clock = clock
        self._path = path
        self._window_seconds = window_seconds

    async def authenticate(self, request: Request) -> Principal | None:
        """The sender whose secret made the signature. Raises InvalidToken for one that does not hold, or is old."""
        told = request.headers.get(SIGNATURE_HEADER)
        if told is None or request.url.path != self._path:
            return None
        message_id, timestamp = request.headers.get(_ID_HEADER, ""), request.headers.get(_TIME_HEADER, "")
        if not message_id or not timestamp.isascii() or not timestamp.isdigit():
            raise InvalidToken(f"a signature needs {_ID_HEADER} and {_TIME_HEADER} in seconds")
        if len(timestamp) > 12 or abs(self._clock.now().timestamp() - int(timestamp)) > self._window_seconds:
            raise InvalidToken(f"its timestamp is more than {self._window_seconds:g} s from now")
        content = signed_content(message_id, timestamp, request.headers, await request.body())
        offered = [each.removeprefix("v1,") for each in told.split()[:_MOST_SIGNATURES] if each.startswith("v1,")]
        sender = self._sender(content, offered)
        if sender is None:
            raise InvalidToken("its signature fits none of the known secrets")
        return Principal(subject=sender, client_id=sender, roles=frozenset({Role.EVENT_SOURCE}), name=sender)

    def _sender(self, content: bytes, offered: Sequence[str]) -> str | None:
        """Every secret is tried, so that the time taken tells nothing."""
        found: str | None = None
        for secret in self._secrets:
            right = signature_of(secret.key, content).encode()
            if any([hmac.compare_digest(right, each.encode()) for each in offered]):  # noqa: C419
                found = found or secret.sender
        return found


def signed_content(message_id: str, timestamp: str, headers: Mapping[str, str], body: bytes) -> bytes:
    attributes = sorted((name.lower(), value) for name, value in headers.items() if name.lower().startswith("ce-"))
    lines = "".join(f"{name}: {value}\n" for name, value in attributes)
    return f"{message_id}.{timestamp}.".encode() + lines.encode() + body


def signature_of(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(key, content, sha256)).decode()
