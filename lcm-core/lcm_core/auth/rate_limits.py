"""How many requests a minute a caller may make, by role.

Counted in the memory of this process, by the generic cell rate algorithm: a quota that was used up comes back evenly,
not at the turn of a minute. Several replicas each grant the whole quota; what an answer tells of is the replica that
gave it (ADR 28).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from fastapi import Request
from throttled import MemoryStore, RateLimitState, Throttled, per_min

from lcm_core.auth.errors import RateLimited
from lcm_core.auth.principal import Principal, Role
from lcm_core.observability.origin import address_of

ANONYMOUS = "anonymous"
"""Callers without credentials that hold, by address."""
LOGIN = "login"
"""Logins that are begun or come back, by address."""
LIMIT_NAMES = (*(role.value for role in Role), ANONYMOUS, LOGIN)
DEFAULT_LIMITS: dict[str, int] = {
    Role.ADMIN.value: 3000,
    Role.OPERATOR.value: 3000,
    Role.INSTRUCTOR.value: 3000,
    Role.LMS.value: 6000,
    Role.VIEWER.value: 1200,
    Role.SERVICE.value: 0,
    Role.EVENT_SOURCE.value: 6000,
    ANONYMOUS: 300,
    LOGIN: 60,
}
"""Requests a minute. Services have none: a reconciler that catches up after an outage must not be held back."""
WINDOW_SECONDS = 60
_MOST_CALLERS_KNOWN = 20_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What a caller has left: *remaining* requests now, all of *limit* again in *reset_seconds*."""

    policy: str
    limit: int
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """``RateLimit-Policy`` and ``RateLimit`` of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset_seconds}',
        }


class RateLimits:
    """Counts requests. *per_minute* maps the names of ``LIMIT_NAMES`` to requests a minute; 0 or missing: no limit.

    The callers heard of last are known, however many come: an address that is forgotten starts anew.
    """

    def __init__(self, per_minute: Mapping[str, int]) -> None:
        store = MemoryStore(options={"MAX_SIZE": _MOST_CALLERS_KNOWN})
        self._per_minute = {name: limit for name, limit in per_minute.items() if limit > 0}
        self._throttles = {
            name: Throttled(using="gcra", quota=per_min(limit), store=store) for name, limit in self._per_minute.items()
        }

    def admit(self, request: Request, principal: Principal) -> None:
        """Count a request of *principal*; raises ``RateLimited`` when it is one too many."""
        policy = self._most_generous(principal.roles)
        if policy is not None:
            self._count(request, policy, f"{principal.client_id}|{principal.subject}")

    def admit_unknown(self, request: Request, policy: str = ANONYMOUS) -> None:
        """Count a request of nobody in particular against its address; raises ``RateLimited``."""
        if policy in self._per_minute:
            self._count(request, policy, network_of(remote_address(request)))

    def require_left_unknown(self, request: Request, policy: str = ANONYMOUS) -> None:
        """Counts nothing; raises ``RateLimited`` when ``admit_unknown`` would."""
        if policy in self._per_minute:
            state = self._throttles[policy].peek(_key(policy, network_of(remote_address(request))))
            if state.remaining < 1:
                request.state.rate_limit = _standing(policy, state)
                raise _refusal(policy, state)

    def _most_generous(self, roles: Iterable[Role]) -> str | None:
        """The policy of a caller with *roles*: the largest; None when one of them has no limit."""
        named = [role.value for role in roles] or [ANONYMOUS]
        if any(name not in self._per_minute for name in named):
            return None
        return max(named, key=lambda name: self._per_minute[name])

    def _count(self, request: Request, policy: str, caller: str) -> None:
        result = self._throttles[policy].limit(_key(policy, caller))
        request.state.rate_limit = _standing(policy, result.state)
        if result.limited:
            raise _refusal(policy, result.state)


def _key(policy: str, caller: str) -> str:
    return f"{policy}|{caller}"


def _standing(policy: str, state: RateLimitState) -> Standing:
    return Standing(policy, state.limit, max(0, state.remaining), math.ceil(state.reset_after))


def _refusal(policy: str, state: RateLimitState) -> RateLimited:
    return RateLimited(policy, state.limit, WINDOW_SECONDS, max(1, math.ceil(state.retry_after)))


def remote_address(request: Request) -> str:
    """Who is at the other end, as the server understands it (behind a trusted proxy: what that one says)."""
    return address_of(request.scope) or ""


def network_of(address: str) -> str:
    """IPv6 callers choose among 2^64 addresses of their own: these count as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(IPv6Address(int(parsed) >> 64 << 64))
