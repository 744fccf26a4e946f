"""Keeps the answer of a request with an Idempotency-Key, so that its repetition is answered with the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import structlog
from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from control_plane_api.application.idempotency import AnsweredBefore, KeptAnswer, KeyedRequest
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
    its key. An answer that says ``Cache-Control: no-store`` is not written down, since it may hold a secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "idempotency-key" not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _AnswerKeeper(scope, send))


class _AnswerKeeper:
    """Collects the answer, keeps it, and passes it on."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._start: Message = {}
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        await self._keep()
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": bytes(self._body), "more_body": False})

    async def _keep(self) -> None:
        keyed = cast("KeyedRequest | None", self._scope.get("state", {}).get(_STATE))
        status, headers = self._start["status"], Headers(raw=self._start["headers"])
        if keyed is None or not 200 <= status < 300 or len(self._body) > _LARGEST_KEPT_BYTES:
            return
        if "no-store" in headers.get("cache-control", ""):
            return
        answer = KeptAnswer(status, _kept(headers), bytes(self._body))
        try:
            await self._scope["app"].state.services.once.keep(keyed, answer)
        except StoreUnavailable as error:
            # The work is done and its key is stored with it: a repetition is answered from what the work made.
            log.warning("answer_not_kept", code=error.code, why=error.message)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _KEPT_HEADERS if name in headers}
