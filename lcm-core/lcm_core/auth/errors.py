"""Why a caller is turned away.

LcmError
├── Unauthenticated         401: no credentials
│   └── InvalidToken        401: credentials that do not hold
├── Forbidden               403: known, but without the role
├── TooMuch                 429: more than this caller may have
│   ├── RateLimited             requests a minute
│   └── TooManyStreams          live streams open
└── FarEndError
    └── IssuerUnavailable   503: the token issuer cannot be asked
"""

from __future__ import annotations

from collections.abc import Iterable

from lcm_core.domain.errors import Facts, FarEndError, LcmError


class Unauthenticated(LcmError):
    def __init__(
        self,
        message: str = "Credentials are needed: send `Authorization: Bearer <token>`.",
        *,
        code: str = "unauthenticated",
    ) -> None:
        super().__init__(message, code=code)

    @property
    def challenge(self) -> str:
        """Value of WWW-Authenticate (RFC 6750: without an error when there were no credentials)."""
        return 'Bearer realm="lcm"'


class InvalidToken(Unauthenticated):
    def __init__(self, why: str) -> None:
        super().__init__(f"The token is not accepted: {why}.", code="invalid-token")
        self.why = why

    @property
    def challenge(self) -> str:
        told = "".join(each if each.isascii() and each.isprintable() else "?" for each in self.why)
        told = told.replace("\\", "").replace('"', "'")
        return f'Bearer realm="lcm", error="invalid_token", error_description="{told}"'


class Forbidden(LcmError):
    def __init__(self, needed: Iterable[str], held: Iterable[str]) -> None:
        wanted, have = sorted(needed), sorted(held)
        super().__init__(
            f"This needs one of the roles {', '.join(wanted)}; you have {', '.join(have) or 'none'}.",
            code="forbidden",
            facts={"needed_roles": list(wanted), "held_roles": list(have)},
        )


class TooMuch(LcmError):
    """Says when to come back: it goes into Retry-After."""

    def __init__(self, message: str, *, code: str, facts: Facts, retry_after_seconds: int) -> None:
        super().__init__(message, code=code, facts={**facts, "retry_after_seconds": retry_after_seconds})
        self.retry_after_seconds = retry_after_seconds


class RateLimited(TooMuch):
    def __init__(self, policy: str, limit: int, window_seconds: int, retry_after_seconds: int) -> None:
        super().__init__(
            f"Too many requests: {limit} in {window_seconds} s are allowed ({policy}). "
            f"Try again in {retry_after_seconds} s.",
            code="rate-limited",
            facts={"policy": policy, "limit": limit, "window_seconds": window_seconds},
            retry_after_seconds=retry_after_seconds,
        )


class TooManyStreams(TooMuch):
    def __init__(self, most: int, retry_after_seconds: int) -> None:
        super().__init__(
            f"You hold {most} live streams open, as many as one caller may. Close one; try again in "
            f"{retry_after_seconds} s.",
            code="too-many-streams",
            facts={"limit": most},
            retry_after_seconds=retry_after_seconds,
        )


class IssuerUnavailable(FarEndError):
    def __init__(self, issuer: str, why: str) -> None:
        super().__init__(
            "oidc-issuer",
            f"The token issuer {issuer} does not answer: {why}. Try again when it is back.",
            retryable=True,
            code="issuer-unavailable",
            facts={"issuer": issuer},
        )
