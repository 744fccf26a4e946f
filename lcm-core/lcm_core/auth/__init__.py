"""Who is calling, and what may they do."""

from __future__ import annotations

from lcm_core.auth.dependencies import Authenticator, BearerAuthenticator, require
from lcm_core.auth.errors import (
    Forbidden,
    InvalidToken,
    IssuerUnavailable,
    RateLimited,
    TooManyStreams,
    TooMuch,
    Unauthenticated,
)
from lcm_core.auth.principal import Principal, Role
from lcm_core.auth.rate_limits import RateLimits
from lcm_core.auth.route_guard import unprotected_routes
from lcm_core.auth.token_source import ClientCredentialsTokenSource, StaticTokenSource, TokenSource
from lcm_core.auth.token_verifier import OidcTokenVerifier, TokenVerifier

__all__ = [
    "Authenticator",
    "BearerAuthenticator",
    "ClientCredentialsTokenSource",
    "Forbidden",
    "InvalidToken",
    "IssuerUnavailable",
    "OidcTokenVerifier",
    "Principal",
    "RateLimited",
    "RateLimits",
    "Role",
    "StaticTokenSource",
    "TokenSource",
    "TokenVerifier",
    "TooManyStreams",
    "TooMuch",
    "Unauthenticated",
    "require",
    "unprotected_routes",
]
