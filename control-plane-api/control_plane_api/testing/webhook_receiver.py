"""A receiver of webhooks on a real socket: it agrees, verifies signatures, and answers as a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lcm_core.testing.http_server import serving

DEADLINE_SECONDS = 20
SINK_SECRET = "whsec_" + "C" * 43 + "="
"""Of the sink that the settings of a test name."""

Answer = Callable[["WebhookReceiver", "Taken"], Awaitable[Response] | Response]


@dataclass(frozen=True, slots=True)
class Taken:
    """One POST. ``event`` is the CloudEvent in it."""

    headers: Mapping[str, str]
    body: bytes
    event: dict[str, Any]

    @property
    def id(self) -> str:
        return self.event["id"]

    @property
    def place(self) -> tuple[str, str]:
        return self.event["subject"], self.event["sequence"]

    def verify(self, secret: str) -> Any:
        """Raises ``WebhookVerificationError``."""
        return Webhook(secret).verify(self.body, dict(self.headers))


def taken_well(_receiver: WebhookReceiver, _taken: Taken) -> Response:
    return Response(status_code=204)


@dataclass
class WebhookReceiver:
    """``came`` has every POST, ``accepted`` those that it answered with success, ``questions`` every OPTIONS."""

    answer: Answer = taken_well
    allowed_origin: str | None = "*"
    allowed_rate: str | None = None
    url: str = ""
    came: list[Taken] = field(default_factory=list[Taken])
    accepted: list[Taken] = field(default_factory=list[Taken])
    questions: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        taken = Taken(dict(request.headers), body, orjson.loads(body))
        self.came.append(taken)
        await self._tell()
        answered = self.answer(self, taken)
        response = answered if isinstance(answered, Response) else await answered
        if response.status_code < 300:
            self.accepted.append(taken)
        await self._tell()
        return response

    async def asked(self, request: Request) -> Response:
        self.questions.append(dict(request.headers))
        await self._tell()
        given = {"WebHook-Allowed-Origin": self.allowed_origin, "WebHook-Allowed-Rate": self.allowed_rate}
        return Response(headers={name: value for name, value in given.items() if value is not None})

    async def until(self, holds: Callable[[WebhookReceiver], bool]) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: holds(self))

    async def until_accepted(self, count: int) -> None:
        await self.until(lambda receiver: len(receiver.accepted) >= count)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def webhook_receiver(
    answer: Answer = taken_well, *, allowed_origin: str | None = "*", allowed_rate: str | None = None
) -> AsyncGenerator[WebhookReceiver]:
    receiver = WebhookReceiver(answer, allowed_origin, allowed_rate)
    routes = [
        Route("/hook", receiver.receive, methods=["POST"]),
        Route("/hook", receiver.asked, methods=["OPTIONS"]),
    ]
    async with serving(Starlette(routes=routes)) as base:
        receiver.url = f"{base}/hook"
        yield receiver


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that nothing tells of."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - nothing tells when
            await asyncio.sleep(0.02)
