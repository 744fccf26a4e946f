"""What every reconciler depends on: etcd, the OIDC issuer and control-plane-api."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from lcm_core.auth import BearerAuthenticator, ClientCredentialsTokenSource, OidcTokenVerifier
from lcm_core.coordination import EtcdClient, leadership_headers
from lcm_core.hosting.health import HealthCheck
from lcm_core.hosting.startup import wait_for
from lcm_core.integration.http import JsonHttpClient, new_http_client
from lcm_core.settings import ServiceSettings


class ReconcilerLinks:
    """The clients of one reconciler, made from its *settings*; nothing is connected before ``opened``.

    Calls to control-plane-api carry the service's own token and the epoch of the leadership in which they are made.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._issuer_http = new_http_client(ca_file=settings.http_ca_file)
        self.etcd = EtcdClient.from_settings(settings)
        self.tokens = ClientCredentialsTokenSource(
            self._issuer_http,
            issuer=settings.oidc_issuer,
            client_id=settings.own_client_id,
            client_secret=settings.client_secret or SecretStr(""),
            audience=settings.oidc_audience,
        )
        self.control_plane = JsonHttpClient(
            "control-plane-api",
            settings.control_plane_url,
            token_source=self.tokens,
            headers=leadership_headers,
            ca_file=settings.http_ca_file,
        )
        self.authenticator = BearerAuthenticator(
            OidcTokenVerifier(
                self._issuer_http,
                issuer=settings.oidc_issuer,
                audience=settings.oidc_audience,
                jwks_url=settings.oidc_jwks_url,
                roles_claim=settings.roles_claim,
            )
        )
        self.checks = (
            HealthCheck("etcd", self.etcd.ping),
            HealthCheck("control-plane-api", self._control_plane_answers),
        )

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Connected for as long as the context lasts, entered when all three answer.

        Raises:
            StartupTimeout: one of them did not answer within ``startup_deadline_seconds``.
        """
        settings, deadline = self._settings, self._settings.startup_deadline_seconds
        async with self.etcd, self.control_plane, self._issuer_http:
            await wait_for(f"etcd at {self.etcd.endpoints}", self.etcd.ping, deadline)
            await wait_for(f"the OIDC issuer at {settings.oidc_issuer}", self.tokens.token, deadline)
            await wait_for(f"control-plane-api at {settings.control_plane_url}", self._control_plane_answers, deadline)
            yield

    async def _control_plane_answers(self) -> None:
        await self.control_plane.send("GET", "/health/live")
