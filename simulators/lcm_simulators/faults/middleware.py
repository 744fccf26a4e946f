"""Where request faults strike."""

import asyncio
import json
from collections import deque

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lcm_simulators.faults.model import Fault, FaultKind
from lcm_simulators.faults.plan import FaultPlan
from lcm_simulators.faults.protocol import transport_of


class FaultMiddleware:
    """Pure ASGI middleware that lets the plan's request faults strike; put it outermost.

    Latencies add up and come first. Then the first of the others strikes: `error` answers, `drop` closes the
    connection without an answer, `hang` keeps the request until the fault is lifted and then serves it, `lost_answer`
    serves it and closes the connection instead of answering.
    """

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        faults = self._plan.take_for_request(scope.get("method", "GET"), scope["path"], _hosts_of(scope))
        delay = sum(fault.latency_seconds for fault in faults if fault.kind is FaultKind.LATENCY)
        if delay:
            await asyncio.sleep(delay)
        decisive = next((fault for fault in faults if fault.kind is not FaultKind.LATENCY), None)
        if decisive is None:
            await self._app(scope, receive, send)
        elif decisive.kind is FaultKind.HANG:
            await self._hang(decisive, scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1011})
        elif decisive.kind is FaultKind.ERROR:
            await _answer(decisive, send)
        else:
            if decisive.kind is FaultKind.LOST_ANSWER:
                await self._app(scope, receive, _unheard)
            await drop(scope, receive, send)

    async def _hang(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        backlog = _Backlog(receive)
        if await backlog.collect_until_removed(self._plan, fault):
            await self._app(scope, backlog.receive, send)


class _Backlog:
    """Messages that came in while a request hung, replayed to the application afterwards."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: deque[Message] = deque()

    async def collect_until_removed(self, plan: FaultPlan, fault: Fault) -> bool:
        """True when the fault was lifted, False when the caller gave up first."""
        removed = asyncio.create_task(plan.wait_removed(fault))
        incoming = asyncio.ensure_future(self._receive())
        try:
            while not removed.done():
                await asyncio.wait({removed, incoming}, return_when=asyncio.FIRST_COMPLETED)
                if not incoming.done():
                    continue
                message = incoming.result()
                if message["type"] in ("http.disconnect", "websocket.disconnect"):
                    return False
                self._messages.append(message)
                incoming = asyncio.ensure_future(self._receive())
            return True
        finally:
            # uvicorn's receive only waits before it takes a message, so a cancelled call loses nothing.
            for task in (removed, incoming):
                task.cancel()
            await asyncio.gather(removed, incoming, return_exceptions=True)

    async def receive(self) -> Message:
        return self._messages.popleft() if self._messages else await self._receive()


def _hosts_of(scope: Scope) -> set[str]:
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    return {name, (scope.get("server") or ("", None))[0]}


async def _answer(fault: Fault, send: Send) -> None:
    default = {"code": fault.status, "description": "injected fault"}
    body = default if fault.body is None else fault.body
    text = isinstance(body, str)
    payload = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8" if text else b"application/json"),
        (b"content-length", str(len(payload)).encode()),
    ]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": payload})


async def _unheard(_: Message) -> None:
    """An answer that nobody gets."""


async def hang(plan: FaultPlan, fault: Fault, receive: Receive) -> bool:
    """Wait until the fault is lifted; False when the caller gave up first."""
    return await _Backlog(receive).collect_until_removed(plan, fault)


async def drop(scope: Scope, receive: Receive, send: Send) -> None:
    """Close the connection without an answer."""
    transport = transport_of(scope)
    if transport is None:
        # The server closes a connection whose announced body never comes.
        await send({"type": "http.response.start", "status": 502, "headers": [(b"content-length", b"1")]})
        return
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        continue
