"""The live stream: events in order, over as many connections as it takes, none of them twice."""

from __future__ import annotations

import asyncio
import json
import random
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from lcm_core.cli.api.client import ApiClient
from lcm_core.cli.api.problem import ApiProblem, Unreachable
from lcm_core.cli.api.sse_lines import LineTooLong, lines_of

PATH = "/api/v1/events/stream"
SNAPSHOT = "snapshot"
_GIVE_UP_AFTER_FAILURES = 8
_LONGEST_PAUSE_SECONDS = 5.0
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """``name`` is the type of the domain event, or ``snapshot``; ``gap`` says that some may have been missed before."""

    name: str
    data: dict[str, Any]
    id: str | None = None
    gap: bool = False


@dataclass(slots=True)
class LiveStream:
    """Events of *kinds*, all when empty; only of *resource* (``kind:id``) where a server can narrow it so far.

    Begins with a snapshot, unless *last_id* names an event to go on after.
    """

    api: ApiClient
    kinds: tuple[str, ...] = ()
    resource: str | None = None
    last_id: str | None = None
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])

    async def events(self) -> AsyncGenerator[StreamEvent]:
        """Endless. Raises Unreachable when reconnecting fails repeatedly, ApiProblem when the API refuses."""
        failures, connected_before = 0, self.last_id is not None
        while True:
            try:
                async for event in self._connection():
                    failures = 0
                    if event.name == SNAPSHOT:
                        yield StreamEvent(SNAPSHOT, event.data, event.id, gap=connected_before)
                    else:
                        yield event
                    connected_before = True
            except LineTooLong as error:
                raise Unreachable("The live stream", self.api.url, str(error)) from error
            except (Unreachable, ApiProblem) as error:
                failures += 1
                if failures > _GIVE_UP_AFTER_FAILURES or not _passes(error):
                    raise
            await asyncio.sleep(min(0.2 * 2**failures, _LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1))

    async def _connection(self) -> AsyncGenerator[StreamEvent]:
        narrowed = {"kinds": ",".join(self.kinds), "resources": self.resource}
        params = {name: value for name, value in narrowed.items() if value}
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": self.last_id} if self.last_id else {})}
        async with self.api.stream(PATH, params, headers) as chunks:
            async for event in _parsed(lines_of(chunks)):
                if event.name != SNAPSHOT and not self._new(event):
                    continue
                if event.id is not None:
                    self.last_id = event.id
                yield event

    def _new(self, event: StreamEvent) -> bool:
        """Every event has an id of its own, also those of one commit; one without an id cannot be told from others."""
        if event.id is None:
            return True
        if event.id in self._seen:
            return False
        self._seen[event.id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True


def _passes(error: Unreachable | ApiProblem) -> bool:
    return isinstance(error, Unreachable) or error.status in (401, 429, 502, 503, 504)


async def _parsed(lines: AsyncIterator[str]) -> AsyncGenerator[StreamEvent]:
    """Frames of the wire format; comments keep the connection alive and say nothing."""
    fields: dict[str, list[str]] = {}
    async for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            data: dict[str, Any] = json.loads("\n".join(fields["data"]))
            yield StreamEvent(fields.get("event", ["message"])[-1], data, fields.get("id", [None])[-1])
        fields = {}
