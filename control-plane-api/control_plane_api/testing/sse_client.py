"""Reads a stream of server-sent events as a browser would."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

STREAM = "/api/v1/events/stream"


@dataclass(frozen=True, slots=True)
class SseEvent:
    name: str
    id: str | None
    data: dict[str, Any]


class EventReader:
    """Remembers ``last_id`` as a browser does: an event without an id leaves it as it was."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.last_id: str | None = None
        self.comments = 0

    async def next(self) -> SseEvent:
        """The next event; comments are counted. Raises StopAsyncIteration at the end of the stream."""
        fields: dict[str, str] = {}
        while True:
            line = await anext(self._lines)
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                self.last_id = fields.get("id", self.last_id)
                return SseEvent(fields["event"], fields.get("id"), json.loads(fields["data"]))
            else:
                fields = {}

    async def until(self, name: str) -> SseEvent:
        while (event := await self.next()).name != name:
            pass
        return event


@asynccontextmanager
async def event_reader(
    http: httpx2.AsyncClient,
    *,
    kinds: str | None = None,
    resources: str | None = None,
    last_event_id: str | None = None,
) -> AsyncGenerator[EventReader]:
    given = {"kinds": kinds, "resources": resources}
    params = {name: value for name, value in given.items() if value}
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    timeout = httpx2.Timeout(10, read=30)
    async with http.stream("GET", STREAM, params=params, headers=headers, timeout=timeout) as answer:
        assert answer.status_code == 200, (await answer.aread()).decode()
        yield EventReader(answer.aiter_lines())
