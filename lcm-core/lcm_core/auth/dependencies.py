"""FastAPI dependencies that let a caller in by role. A route without one does not start (``route_guard``)."""

# No postponed annotations here: FastAPI cannot resolve them for an instance that it calls.

from collections.abc import Collection, Sequence
from typing import Annotated, Protocol

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from lcm_core.auth.errors import Forbidden, Unauthenticated
from lcm_core.auth.principal import Principal, Role
from lcm_core.auth.rate_limits import RateLimits
from lcm_core.auth.token_verifier import TokenVerifier

_documented_scheme = HTTPBearer(
    auto_error=False, scheme_name="bearer", bearerFormat="JWT", description="Access token of the OIDC issuer."
)


class Authenticator(Protocol):
    """One way to be known: a bearer token, a cookie session, …"""

    async def authenticate(self, request: Request) -> Principal | None:
        """The caller, or None when *request* carries no credentials of this kind.

        Raises ``InvalidToken`` for credentials that do not hold.
        """
        ...


class BearerAuthenticator:
    """Credentials in ``Authorization: Bearer <token>``."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    async def authenticate(self, request: Request) -> Principal | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        return await self._verifier.verify(token.strip())


async def authenticate(request: Request) -> Principal:
    """Ask the application's authenticators in order; the first that knows the caller decides.

    Counts the request against the caller's rate limit, and one whose credentials do not hold against its address: who
    holds good credentials is not slowed by a neighbour who guesses. Raises ``Unauthenticated`` or ``RateLimited``.
    """
    known = getattr(request.state, "principal", None)
    if isinstance(known, Principal):
        return known
    limits: RateLimits = request.app.state.rate_limits
    try:
        principal = await _identify(request)
    except (Unauthenticated, Forbidden):
        limits.admit_unknown(request)
        raise
    request.state.principal = principal
    structlog.contextvars.bind_contextvars(principal=principal.subject)
    limits.admit(request, principal)
    return principal


async def _identify(request: Request) -> Principal:
    authenticators: Sequence[Authenticator] = request.app.state.authenticators
    for authenticator in authenticators:
        principal = await authenticator.authenticate(request)
        if principal is not None:
            return principal
    raise Unauthenticated


async def still_let_in(request: Request, principal: Principal) -> bool:
    """Whether the credentials of *request* hold even now, and for the same: for answers that go on for long."""
    request.state.is_second_look = True
    try:
        now = await _identify(request)
    except (Unauthenticated, Forbidden):
        return False
    return (now.subject, now.roles) == (principal.subject, principal.roles)


class RoleRequirement:
    """Callable dependency; ``unprotected_routes`` recognises it by its type."""

    def __init__(self, roles: frozenset[Role], own_only: frozenset[Role] = frozenset()) -> None:
        self.roles = roles
        self.own_only = own_only

    async def __call__(
        self,
        request: Request,
        _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(_documented_scheme)] = None,
    ) -> Principal:
        principal = await authenticate(request)
        if not principal.has_any(*self.roles):
            raise Forbidden(self.roles, principal.roles)
        return principal


def require(*roles: Role, own_only: Collection[Role] = ()) -> RoleRequirement:
    """A dependency that gives the ``Principal`` when it holds one of *roles*, else 401 or 403.

    *own_only* says for which of them the route answers with what belongs to the caller and with nothing else; the
    route sees to that, the table of access shows it and a test tries it. Use as ``Depends(require(Role.OPERATOR))`` on
    a route, a router, or as ``Annotated[Principal, Depends(...)]``.
    """
    if not roles:
        raise ValueError("require() needs at least one role; nobody is let in by default")
    return RoleRequirement(frozenset(roles), frozenset(own_only))
