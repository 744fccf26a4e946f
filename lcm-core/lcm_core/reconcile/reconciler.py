"""What a controller is made of: a function of a key that looks at the world and does one step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing to do now. The key is handled again when it changes, and at the next resync."""


@dataclass(frozen=True, slots=True)
class RequeueAfter:
    """Look again after *seconds*, or earlier when the key changes. No failure: something is under way."""

    seconds: float
    waiting_for: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The step failed. A *retryable* failure is tried again with growing pauses.

    Any other one is told to people at once and waits for a change or the next resync. With *outage* another system was
    away, which says nothing of the key: the pauses stay short, so that work goes on soon after that system is back.
    """

    reason: str
    retryable: bool = True
    outage: bool = False


Result = Done | RequeueAfter | Failed


class Reconciler(Protocol):
    """Brings one kind of thing, key by key, from how it is to how it is wanted.

    The key says what to look at, not what happened: several changes may have become one call, and a call may come
    without any change. So each call looks at the world, does at most one idempotent step, and reports. It may be killed
    at any line and called again. It is never called twice at once for one key, and only while this instance leads.
    """

    async def list_keys(self) -> Collection[str]:
        """Every key that may need work, those that rest included: a new leader looks at each of them once."""
        ...

    async def reconcile(self, key: str) -> Result:
        """One step for *key*. An exception counts as ``Failed``, retryable unless it says otherwise."""
        ...
