"""How browsers log in."""

from __future__ import annotations

import httpx2

from control_plane_api.api.controllers.auth_controller import BrowserLogin, NoLoginProvider
from control_plane_api.api.cookie_authenticator import SessionCookies
from control_plane_api.application.identity import LoginProvider
from control_plane_api.composition.far_ends import FarEnds
from control_plane_api.integration.identity.oidc_login import OidcLogin
from control_plane_api.integration.identity.web_sessions import MongoWebSessions
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.auth import OidcTokenVerifier
from lcm_core.clock import Clock


def build_browser_login(
    settings: ControlPlaneSettings, far: FarEnds, clock: Clock
) -> tuple[BrowserLogin, MongoWebSessions, OidcTokenVerifier]:
    """How browsers log in, where their sessions are kept, and what checks their tokens and everybody else's."""
    verifier = OidcTokenVerifier(
        far.http,
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        jwks_url=settings.oidc_jwks_url,
        roles_claim=settings.roles_claim,
        clock=clock,
    )
    sessions = MongoWebSessions(
        far.database,
        session_hours=settings.web_session_hours,
        idle_minutes=settings.web_session_idle_minutes,
        clock=clock,
    )
    cookies = SessionCookies(settings.secure_cookies, round(settings.web_session_hours * 3600))
    provider = _login_provider(settings, far.http, verifier, clock)
    return BrowserLogin(provider, sessions, cookies, settings.public_url), sessions, verifier


def _login_provider(
    settings: ControlPlaneSettings, http: httpx2.AsyncClient, verifier: OidcTokenVerifier, clock: Clock
) -> LoginProvider:
    if settings.ui_client_secret is None:
        return NoLoginProvider()
    return OidcLogin(
        http,
        issuer=settings.oidc_issuer,
        client_id=settings.ui_client_id,
        client_secret=settings.ui_client_secret,
        redirect_uri=f"{settings.public_url}/auth/callback",
        scopes=settings.ui_scopes,
        audience=settings.oidc_audience,
        verifier=verifier,
        clock=clock,
        jwks_url=settings.oidc_jwks_url,
    )
