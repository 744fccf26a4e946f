"""Keeps the answer of a request with an Idempotency-Key, so that its repetition is answered with the same bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import cast

import structlog
from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from control_plane_api.application.conditions import KeptAnswer
from control_plane_api.application.idempotency import AnsweredBefore, KeyedRequest, Once
from lcm_core.domain.errors import StoreUnavailable

log = structlog.stdlib.get_logger(__name__)

REPLAYED_HEADER = "Idempotent-Replayed"
_KEPT_HEADERS = ("content-type", "etag", "location")
_STATE = "keyed_request"
_LARGEST_KEPT_BYTES = 4_194_304


def note_keyed(request: Request, keyed: KeyedRequest) -> None:
    """Have the answer to *request* kept under its key."""
    setattr(request.state, _STATE, keyed)


async def answer_again(request: Request, error: Exception) -> Response:
    """The answer that was kept, byte for byte."""
    if not isinstance(error, AnsweredBefore):
        raise error
    setattr(request.state, _STATE, None)
    kept = error.answer
    return Response(kept.body, status_code=kept.status, headers={**kept.headers, REPLAYED_HEADER: "true"})


class KeptAnswersMiddleware:
    """Keeps what the routes noted before it is sent: who has an answer can have it again.

    Only answers of work that was done are kept; a request that was refused changed nothing and may be sent again under
    its key. An answer that says ``Cache-Control: no-store`` is not written down, since it may hold a secret, nor is one
    of more than ``_LARGEST_KEPT_BYTES``; their keys tell it, so that no repetition waits for them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "idempotency-key" not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _AnswerKeeper(scope, send))


class _AnswerKeeper:
    """Passes an answer on as it comes, unless it is to be kept: then it is collected, kept, and passed on whole.

    More than an answer that can be kept is never held in memory.
    """

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._collecting: KeyedRequest | None = None
        self._start: Message = {}
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._collecting is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            await self._collect(self._collecting, message)

    async def _begin(self, start: Message) -> None:
        keyed = cast("KeyedRequest | None", self._scope.get("state", {}).get(_STATE))
        if keyed is None or not 200 <= start["status"] < 300:
            await self._send(start)
        elif _may_be_kept(Headers(raw=start["headers"])):
            self._collecting, self._start = keyed, start
        else:
            await self._note(self._once.leave_unanswered(keyed))
            await self._send(start)

    async def _collect(self, keyed: KeyedRequest, message: Message) -> None:
        self._body += message.get("body", b"")
        more = message.get("more_body", False)
        too_large = len(self._body) > _LARGEST_KEPT_BYTES
        if more and not too_large:
            return
        self._collecting = None
        if too_large:
            await self._note(self._once.leave_unanswered(keyed))
        else:
            kept = KeptAnswer(self._start["status"], _kept(Headers(raw=self._start["headers"])), bytes(self._body))
            await self._note(self._once.keep(keyed, kept))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": bytes(self._body), "more_body": more})
        self._body.clear()

    @property
    def _once(self) -> Once:
        return self._scope["app"].state.services.once

    async def _note(self, noted: Awaitable[None]) -> None:
        try:
            await noted
        except StoreUnavailable as error:
            # The work is done and its key is stored with it: a repetition is answered from what the work made.
            log.warning("answer_not_kept", code=error.code, why=error.message)


def _may_be_kept(headers: Headers) -> bool:
    length = headers.get("content-length", "0")
    small = not length.isdecimal() or int(length) <= _LARGEST_KEPT_BYTES
    return small and "no-store" not in headers.get("cache-control", "")


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _KEPT_HEADERS if name in headers}
