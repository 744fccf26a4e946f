"""Owners who subscribe, and sessions of theirs to which things happen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2

from control_plane_api.domain.entities import LabletSession
from control_plane_api.testing.builders import Recorder, a_session, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.webhook_receiver import eventually

SUBSCRIPTIONS = "/api/v1/subscriptions"


@asynccontextmanager
async def lms(service: RunningControlPlane, owner: str) -> AsyncGenerator[httpx2.AsyncClient]:
    async with service.client("lms", subject=owner) as client:
        yield client


def an_owner() -> str:
    return f"lms-{uuid4().hex[:8]}"


async def subscribe(client: httpx2.AsyncClient, url: str, **more: Any) -> dict[str, Any]:
    """The answer once the receiver has agreed."""
    made = await client.post(SUBSCRIPTIONS, json={"url": url, **more})
    assert made.status_code == 201, made.text
    await in_state(client, made.json()["subscription"]["id"], "ACTIVE")
    return made.json()


async def in_state(client: httpx2.AsyncClient, id: str, status: str) -> dict[str, Any]:
    async def there() -> bool:
        return (await client.get(f"{SUBSCRIPTIONS}/{id}")).json()["status"] == status

    await eventually(there)
    return (await client.get(f"{SUBSCRIPTIONS}/{id}")).json()


class Story:
    """A session of *owner* to which things happen."""

    def __init__(self, service: RunningControlPlane, owner: str) -> None:
        self.record = Recorder(service.db)
        self.session: LabletSession = a_session(owner_id=owner)
        self.versions = 0

    async def goes_on(self, times: int = 1) -> None:
        for _ in range(times):
            if self.versions:
                self.session.hold(f"decision-{self.versions}", f"no room, time {self.versions}", now_stamp())
            await self.record.commit(self.session)
            self.versions += 1
