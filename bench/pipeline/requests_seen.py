"""Sees every request that the controller makes, at the moment at which it arrives, wherever it goes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lcm_simulators.faults.model import Fault, FaultKind
from lcm_simulators.faults.plan import FaultPlan

_CARRIED_OUT_SECONDS = 0.02
_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}")


class Fate(StrEnum):
    """What becomes of a request whose sender is killed as it arrives: it is lost, or carried out all the same."""

    LOST = "lost"
    DONE = "done"


class Watcher(Protocol):
    """Told of every request; whoever sent one that it has a fate for is struck: at once, or when it is carried out."""

    def decide(self, kind: str) -> Fate | None:
        """None to let it pass."""
        ...

    def strike(self) -> None: ...


class OnlyWatching:
    def decide(self, kind: str) -> None:
        return None

    def strike(self) -> None:
        raise AssertionError("nobody is to be struck")


def kind_of(method: str, path: str) -> str:
    return f"{method} {_IDS.sub('*', path)}"


@contextmanager
def far_ends_watched(watcher: Watcher) -> Generator[None]:
    """All simulators of this process.

    They are asked before a request's body is read, so its sender lives a moment longer when it is to be carried out.
    """
    usual = FaultPlan.take_for_request

    def watched(self: FaultPlan, method: str, path: str, hosts: Collection[str]) -> Sequence[Fault]:
        ours = path.startswith(("/_sim/", "/health/", "/api/learner/", "/learner/"))
        fate = None if ours else watcher.decide(kind_of(method, path))
        if fate is None:
            return usual(self, method, path, hosts)
        if fate is Fate.LOST:
            watcher.strike()
        else:
            asyncio.get_running_loop().call_later(_CARRIED_OUT_SECONDS, watcher.strike)
        return [Fault(id="struck", kind=FaultKind.DROP if fate is Fate.LOST else FaultKind.LOST_ANSWER)]

    FaultPlan.take_for_request = watched
    try:
        yield
    finally:
        FaultPlan.take_for_request = usual


class WatchedControlPlane:
    """ASGI middleware around control-plane-api."""

    def __init__(self, app: ASGIApp, watcher: Watcher) -> None:
        self._app = app
        self._watcher = watcher

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/internal/"):
            await self._app(scope, receive, send)
            return
        fate = self._watcher.decide(kind_of(scope["method"], scope["path"]))
        if fate is Fate.LOST:
            self._watcher.strike()
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        if fate is None:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _unheard)
        self._watcher.strike()


async def _unheard(_message: Message) -> None:
    """An answer that nobody gets."""
