"""The administrator's password of a host that has just come up: the bootstrap one is exchanged for the wanted one.

Safe to be cut off anywhere: the wanted password is tried first, so that a change of which nobody heard is found done.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from pydantic import SecretStr

from lcm_core.domain.errors import FarEndError
from lcm_core.integration.http import JsonHttpClient
from worker_controller.integration.services.cml_token_source import CmlTokenSource

INSTANCE_ID = "{instance_id}"
"""In the bootstrap password: the id of the EC2 instance, which is what Cisco's image sets."""
_REFUSED = "far-end-refused-credentials"


class HostAccess:
    """*client_of* makes an HTTP client of the host out of tokens, *tokens_of* tokens out of a password."""

    def __init__(
        self,
        tokens: CmlTokenSource,
        client_of: Callable[[CmlTokenSource], JsonHttpClient],
        tokens_of: Callable[[SecretStr], CmlTokenSource],
        *,
        username: str,
        wanted: SecretStr,
        bootstrap: SecretStr | None,
    ) -> None:
        self._tokens = tokens
        self._client_of = client_of
        self._tokens_of = tokens_of
        self._username = username
        self._wanted = wanted
        self._bootstrap = bootstrap

    async def take_over(self, instance_id: str) -> bool:
        """Whether the password had to be changed; costs nothing once somebody has logged in."""
        if self._bootstrap is None or await self._let_in():
            return False
        bootstrap = SecretStr(self._bootstrap.get_secret_value().replace(INSTANCE_ID, instance_id))
        await self._change_from(bootstrap)
        await self._tokens.token()
        return True

    async def _let_in(self) -> bool:
        try:
            await self._tokens.token()
        except FarEndError as error:
            if error.code != _REFUSED:
                raise
            return False
        return True

    async def _change_from(self, bootstrap: SecretStr) -> None:
        http = self._client_of(self._tokens_of(bootstrap))
        change = {"old_password": bootstrap.get_secret_value(), "new_password": self._wanted.get_secret_value()}
        try:
            user_id = await http.request("GET", f"/api/v0/users/{quote(self._username, safe='')}/id", idempotent=True)
            await http.request("PATCH", f"/api/v0/users/{user_id}", json={"password": change})
        except FarEndError as error:
            if error.code != _REFUSED:
                raise
            raise FarEndError(
                "cml",
                f"CML refuses user {self._username!r} with the wanted and with the bootstrap password: check the "
                "settings cml_password and cml_bootstrap_password against the image.",
                retryable=False,
                code=_REFUSED,
            ) from error
