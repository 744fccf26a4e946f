"""ASGI middleware of every service: body limit, and the last catch for errors nobody foresaw."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lcm_core.hosting.problems import answer_unexpected, problem_response

log = structlog.stdlib.get_logger(__name__)


class BodyTooLarge(HTTPException):
    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The request body is larger than the {limit} bytes accepted here.")


class BodyLimitMiddleware:
    """Refuses bodies over a limit: at once by Content-Length, else as soon as too much has arrived.

    *limits* gives path prefixes a limit of their own in bytes; the longest match counts. The connection is not closed:
    the server throws the rest of the body away, so that a client still sending can read the answer.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, limits: Mapping[str, int]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._limits = sorted(limits.items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_for(scope["path"])
        received = 0

        async def receive_counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(limit)
            return message

        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            error = BodyTooLarge(limit)
            refusal = problem_response(Request(scope), status=413, code="body-too-large", detail=error.detail)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive_counting, send)

    def _limit_for(self, path: str) -> int:
        return next((limit for prefix, limit in self._limits if path.startswith(prefix)), self._max_bytes)


class UnexpectedErrorMiddleware:
    """Answers what no handler knew, inside the request's trace and correlation, and logs it once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noting_start)
        except Exception as error:
            if started:
                raise
            response = answer_unexpected(Request(scope), error)
            await response(scope, receive, send)
