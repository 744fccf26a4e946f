"""The GradingEngine inside a test, with an issuer of its own."""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from lcm_simulators.grading.app import build
from lcm_simulators.grading.settings import GradingSettings
from lcm_simulators.serving import serve_in_process

_AUDIENCE = "urn:lcm:api"


@dataclass(frozen=True)
class TestIssuer:
    """An OIDC issuer that publishes one key and signs what it is told to."""

    __test__ = False

    url: str
    key: RSAKey

    def token(
        self, roles: Sequence[str] = ("service",), *, audience: str = _AUDIENCE, lifetime_seconds: float = 300
    ) -> str:
        """An access token."""
        issued = int(time.time())
        claims = {"iss": self.url, "aud": audience, "sub": "test", "client_id": "test", "roles": [*roles]}
        claims |= {"iat": issued, "exp": int(issued + lifetime_seconds)}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, "typ": "at+jwt"}, claims, self.key)


@contextlib.asynccontextmanager
async def running_issuer() -> AsyncIterator[TestIssuer]:
    """Serve discovery and keys on a free port."""
    key = RSAKey.generate_key(2048, parameters={"use": "sig", "alg": "RS256", "kid": "test-1"})
    app = FastAPI()
    address: list[str] = []

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, str]:
        return {"issuer": address[0], "jwks_uri": f"{address[0]}/jwks"}

    @app.get("/jwks")
    async def jwks() -> dict[str, object]:
        return dict(KeySet([key]).as_dict(private=False))

    async with serve_in_process(app) as url:
        address.append(url)
        yield TestIssuer(url, key)


@dataclass(frozen=True)
class RunningGrading:
    """A served simulator: base URL without trailing slash; a token that its API takes, valid for an hour."""

    url: str
    token: str
    issuer: TestIssuer


@contextlib.asynccontextmanager
async def running_grading(state_dir: Path, **settings: object) -> AsyncIterator[RunningGrading]:
    """Serve the GradingEngine on a free port; `settings` are those of GradingSettings. Grades at once by default."""
    async with running_issuer() as issuer:
        given = {"state_dir": state_dir, "issuer": issuer.url, "delay_seconds": 0.0, "review_seconds": 0.0, **settings}
        async with serve_in_process(build(GradingSettings.model_validate(given))) as url:
            yield RunningGrading(url, issuer.token(lifetime_seconds=3600), issuer)
