"""Sees every request that the controller makes, at the moment at which it arrives, wherever it goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from lcm_simulators.faults.model import Fault, FaultKind, FaultSpec
from lcm_simulators.faults.plan import FaultPlan

_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}")


class Fate(StrEnum):
    """What becomes of a request whose sender is killed as it arrives: it is lost, or carried out all the same."""

    LOST = "lost"
    DONE = "done"


OnRequest = Callable[[str], Fate | None]
"""Told the kind of a request; answers None to let it pass."""


def kind_of(method: str, path: str) -> str:
    return f"{method} {_IDS.sub('*', path)}"


@contextmanager
def far_ends_watched(on_request: OnRequest) -> Generator[None]:
    """All simulators of this process."""
    usual = FaultPlan.take_for_request

    def watched(self: FaultPlan, method: str, path: str, hosts: Collection[str]) -> Sequence[Fault]:
        ours = path.startswith(("/_sim/", "/health/", "/api/learner/", "/learner/"))
        fate = None if ours else on_request(kind_of(method, path))
        if fate is Fate.LOST:
            return [Fault(id="killed", **FaultSpec(kind=FaultKind.DROP).model_dump(exclude_unset=True))]
        return usual(self, method, path, hosts)

    FaultPlan.take_for_request = watched
    try:
        yield
    finally:
        FaultPlan.take_for_request = usual


class WatchedControlPlane:
    """ASGI middleware around control-plane-api."""

    def __init__(self, app: ASGIApp, on_request: OnRequest) -> None:
        self._app = app
        self._on_request = on_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/internal/"):
            await self._app(scope, receive, send)
            return
        fate = self._on_request(kind_of(scope["method"], scope["path"]))
        if fate is Fate.LOST:
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, _ignoring(send) if fate is Fate.DONE else send)


def _ignoring(_send: Send) -> Send:
    async def ignore(_message: Any) -> None:
        return

    return ignore
