"""Waiting for a message without holding moto's only thread: it is asked again when there may be one."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from lcm_simulators.cloud.moto_thread import AwsRequest, AwsResponse

_RECEIVE = "AmazonSQS.ReceiveMessage"
_LOOK_AT_LEAST_EVERY_SECONDS = 1.0
"""A message may become visible again without anybody's doing."""


class LongPolls:
    """One for all calls: whatever may have put a message into a queue wakes those who wait for one."""

    def __init__(self) -> None:
        self._something = asyncio.Event()

    async def answer(self, request: AwsRequest, ask: Callable[[AwsRequest], Awaitable[AwsResponse]]) -> AwsResponse:
        """What *ask* answers to *request*; to a receive that waits, as soon as it has a message or waited enough."""
        waits, body = _waiting(request)
        if not waits:
            response = await ask(request)
            if request.method != "GET" and not _target(request).startswith(_RECEIVE):
                self._wake()
            return response
        at_once = replace(request, body=json.dumps(body | {"WaitTimeSeconds": 0}).encode())
        deadline = time.monotonic() + waits
        while True:
            something = self._something
            response = await ask(at_once)
            left = deadline - time.monotonic()
            if left <= 0 or response.status != 200 or json.loads(response.body or b"{}").get("Messages"):
                return response
            try:
                async with asyncio.timeout(min(left, _LOOK_AT_LEAST_EVERY_SECONDS)):
                    await something.wait()
            except TimeoutError:
                continue

    def _wake(self) -> None:
        self._something.set()
        self._something = asyncio.Event()


def _target(request: AwsRequest) -> str:
    return request.header("x-amz-target")


def _waiting(request: AwsRequest) -> tuple[float, dict[str, Any]]:
    """How long a receive is to wait, and what it asks; (0, {}) for any other call."""
    if _target(request) != _RECEIVE:
        return 0, {}
    body: dict[str, Any] = json.loads(request.body or b"{}")
    return float(body.get("WaitTimeSeconds", 0)), body
