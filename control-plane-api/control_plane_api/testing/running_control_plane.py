"""control-plane-api on a real socket, with a real database and etcd, and callers of every role."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from control_plane_api.application.refused_attempts import REFUSED_ATTEMPTS
from control_plane_api.main import build_app
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.application.mediator import Mediator
from lcm_core.auth.rate_limits import LIMIT_NAMES
from lcm_core.eventstore.collections import EVENTS, Database, Document
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.http_server import serving
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer
from lcm_core.testing.person_at_a_terminal import PersonAtATerminal


@dataclass(slots=True)
class RunningControlPlane:
    """One running service, with a database and an etcd prefix of its own."""

    url: str
    app: FastAPI
    settings: ControlPlaneSettings
    issuer: OidcIssuer
    db: Database

    @property
    def mediator(self) -> Mediator:
        return self.app.state.services.mediator

    def token(self, *roles: str, subject: str = "someone", client_id: str = "test") -> str:
        return self.issuer.token(roles, subject=subject, client_id=client_id)

    @asynccontextmanager
    async def client(
        self, *roles: str, subject: str = "someone", client_id: str = "test"
    ) -> AsyncGenerator[httpx2.AsyncClient]:
        """An HTTP client with a token for *roles*; without any token when none is named."""
        token = self.token(*roles, subject=subject, client_id=client_id)
        headers = {"Authorization": f"Bearer {token}"} if roles else {}
        async with httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=15) as http:
            yield http

    async def refused(self, **like: object) -> Document:
        """The refused attempt that is like that, once it is on record; raises ``TimeoutError`` after ten seconds."""
        async with asyncio.timeout(10):
            while (found := await self.db[REFUSED_ATTEMPTS].find_one(like)) is None:  # noqa: ASYNC110 - told behind
                await asyncio.sleep(0.05)
        return found

    def terminal(self, folder: Path, *roles: str) -> PersonAtATerminal:
        """Somebody with *roles* at the command line; *folder* is where they keep their settings."""
        token = self.token(*roles)
        return PersonAtATerminal.signed_in(folder, url=self.url, issuer=self.issuer.url, token=token)

    async def commits(self) -> int:
        """How many commits the log holds."""
        return await self.db[EVENTS].count_documents({})


def settings_for(mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer, **overrides: Any) -> ControlPlaneSettings:
    unique = uuid4().hex[:12]
    values: dict[str, Any] = {
        "mongo_uri": SecretStr(mongo.uri),
        "mongo_database": f"test_{unique}",
        "etcd_endpoints": [etcd.endpoint],
        "etcd_prefix": f"/test-{unique}",
        "oidc_issuer": issuer.url,
        "startup_deadline_seconds": 20,
        "shutdown_grace_seconds": 2,
        "leader_lease_ttl_seconds": 2,
        "rate_limits": dict.fromkeys(LIMIT_NAMES, 0),
        **overrides,
    }
    return ControlPlaneSettings(**values)


@asynccontextmanager
async def running_control_plane(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer, **overrides: Any
) -> AsyncGenerator[RunningControlPlane]:
    """Started with its lifespan, stopped at the end; *overrides* are settings."""
    settings = settings_for(mongo, etcd, issuer, **overrides)
    app = build_app(settings)
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri)
    async with client:
        async with serving(app, trusted_proxies=settings.trusted_proxies) as url:
            yield RunningControlPlane(url, app, settings, issuer, client[settings.mongo_database])
        await client.drop_database(settings.mongo_database)


def problem_codes(answers: Sequence[httpx2.Response]) -> list[str]:
    return [answer.json()["code"] for answer in answers]
