"""The AWS endpoint: reads a request whole, lets EC2 faults strike, and hands it to moto's thread."""

import asyncio
import uuid
from collections.abc import Callable
from xml.sax.saxutils import escape

from starlette.types import Receive, Scope, Send

from lcm_simulators.cloud.account import Account, ec2_action
from lcm_simulators.cloud.long_polls import LongPolls
from lcm_simulators.cloud.moto_thread import AwsRequest, AwsResponse, MotoThread
from lcm_simulators.faults import Fault, FaultKind, FaultPlan, drop, hang

# EC2 answers these as its own failure; everything else is the caller's, with 400.
_SERVER_ERRORS = {
    "InsufficientInstanceCapacity": 500,
    "InsufficientHostCapacity": 500,
    "InsufficientAddressCapacity": 500,
    "InsufficientCapacity": 500,
    "InternalError": 500,
    "InternalFailure": 500,
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "Unavailable": 503,
}


class AwsGateway:
    """An ASGI application. `account` gives the account once it is open."""

    def __init__(self, thread: MotoThread, account: Callable[[], Account], plan: FaultPlan) -> None:
        self._thread = thread
        self._account = account
        self._plan = plan
        self._long_polls = LongPolls()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(scope, receive)
        action = ec2_action(request)
        faults = self._plan.take_for_action(action, request.header("user-agent")) if action else []
        for fault in faults:
            if fault.kind is FaultKind.LATENCY:
                await asyncio.sleep(fault.latency_seconds)
            elif fault.kind is FaultKind.EC2_ERROR:
                await _write(_refusal(fault), send)
                return
            elif fault.kind is FaultKind.DROP or not await self._got_through(fault, request, receive):
                await drop(scope, receive, send)
                return
        await _write(await self._long_polls.answer(request, self._answer), send)

    async def _answer(self, request: AwsRequest) -> AwsResponse:
        return await self._thread.call(self._account().answer, request)

    async def _got_through(self, fault: Fault, request: AwsRequest, receive: Receive) -> bool:
        """Whether the caller is still to be answered."""
        if fault.kind is FaultKind.LOST_ANSWER:
            await self._thread.call(self._account().answer, request)
            return False
        return await hang(self._plan, fault, receive)


async def _read(scope: Scope, receive: Receive) -> AwsRequest:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    query = scope["query_string"].decode("latin-1")
    raw_path = scope["raw_path"].decode("latin-1")
    return AwsRequest(
        method=scope["method"],
        path=scope["path"],
        target=f"{raw_path}?{query}" if query else raw_path,
        query=query,
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        body=b"".join(chunks),
        server=scope.get("server") or ("127.0.0.1", 80),
    )


async def _write(response: AwsResponse, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _refusal(fault: Fault) -> AwsResponse:
    code = fault.code or "InternalError"
    message = fault.body if isinstance(fault.body, str) else f"Injected fault: {code}."
    status = fault.status if "status" in fault.model_fields_set else _SERVER_ERRORS.get(code, 400)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Response><Errors><Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error></Errors>"
        f"<RequestID>{uuid.uuid4()}</RequestID></Response>"
    ).encode()
    return AwsResponse(status, [("content-type", "text/xml"), ("content-length", str(len(body)))], body)
