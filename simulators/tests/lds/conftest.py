import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request

from lcm_simulators.lds.testing import RunningLds, running_lds
from lcm_simulators.serving import serve_in_process


@dataclass
class EventSink:
    """Collects structured CloudEvents."""

    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait_for(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.events) >= count)
        return self.events


@dataclass
class LdsCaller:
    """What a caller of the Reservations API does."""

    http: httpx2.AsyncClient

    async def create(self, auth_id: str = "session-1", **changes: object) -> str:
        answer = await self.http.post("/lab_session", json=reservation(auth_id, **changes))
        assert answer.status_code == 201, answer.text
        return answer.json()["session_id"]

    async def get(self, session_id: str) -> dict[str, Any]:
        return (await self.http.get(f"/lab_session/{session_id}")).json()

    async def launch(self, session_id: str) -> str:
        """The learner's token."""
        url = (await self.http.get(f"/lab_session/{session_id}/lablet_launch_url")).json()["url"]
        return url.rpartition("/")[2]


def reservation(auth_id: str, **changes: object) -> dict[str, object]:
    return {
        "origin": "lcm",
        "auth_id": auth_id,
        "candidate_id": "candidate-7",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "scheduled_date": "2026-11-24",
        "session_parts": [{"repository_type": "minio", "form_qualified_name": "Exam CCNA v1 LAB 1.1", "variables": []}],
        **changes,
    }


@pytest.fixture
async def sink() -> AsyncIterator[EventSink]:
    sink = EventSink()
    app = FastAPI()

    @app.post("/api/events", status_code=202)
    async def events(request: Request) -> None:
        async with sink.changed:
            sink.events.append(await request.json())
            sink.changed.notify_all()

    async with serve_in_process(app) as url:
        sink.url = f"{url}/api/events"
        yield sink


@pytest.fixture
async def lds(sink: EventSink, tmp_path: Path) -> AsyncIterator[RunningLds]:
    async with running_lds(tmp_path, event_sink_url=sink.url) as running:
        yield running


@pytest.fixture
async def caller(lds: RunningLds) -> AsyncIterator[LdsCaller]:
    async with httpx2.AsyncClient(
        base_url=f"{lds.url}/reservations/v3", auth=(lds.username, lds.password), timeout=5
    ) as http:
        yield LdsCaller(http)


@pytest.fixture
async def learner(lds: RunningLds) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=lds.url, timeout=5) as http:
        yield http
