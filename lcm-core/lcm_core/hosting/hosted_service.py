"""Long-running parts of a service, and the supervisor that keeps them running.

A hosted service that ends by itself, with or without an exception, has failed: it is started again after a back-off
that doubles up to a bound, and until it has run for a while the service is not ready and says why.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast

import structlog

from lcm_core.clock import Clock, SystemClock
from lcm_core.observability.metrics import meter

log = structlog.stdlib.get_logger(__name__)

_restarts = meter("lcm_core.hosting").create_counter(
    "lcm_hosted_service_restarts_total", description="Times a hosted service failed and was started again, by name."
)


class HostedService(Protocol):
    """Something that runs as long as the service does."""

    @property
    def name(self) -> str:
        """Stable, for logs, metrics and /health/ready."""
        ...

    async def run(self) -> None:
        """Run until cancelled; on cancellation finish or give up quickly, release everything, and re-raise."""
        ...


class HostedServiceState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Seconds to wait before a restart: doubling from *first* to *most*, each shortened by up to half at random.

    After *steady* seconds without failure the service counts as healthy and the back-off starts over.
    """

    first: float = 0.5
    most: float = 30.0
    steady: float = 5.0

    def delay(self, failures: int) -> float:
        return min(self.most, self.first * 2.0 ** min(failures - 1, 30)) * random.uniform(0.5, 1.0)


def _told(error: BaseException) -> str:
    """A group of errors says nothing by itself: its members are told."""
    if isinstance(error, BaseExceptionGroup):
        members = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return "; ".join(_told(member) for member in members)
    return f"{type(error).__name__}: {error}"


class SupervisedService:
    """Runs one hosted service for ever and knows how it is."""

    def __init__(self, service: HostedService, policy: RestartPolicy, clock: Clock) -> None:
        self._service = service
        self._policy = policy
        self._clock = clock
        self._started_at = 0.0
        self._failures = 0
        self.state = HostedServiceState.WAITING
        self.restarts = 0
        self.last_error: str | None = None

    @property
    def name(self) -> str:
        return self._service.name

    @property
    def problem(self) -> str | None:
        """Why this service is not healthy, or None."""
        if self.state is HostedServiceState.RUNNING and not self._recovering():
            return None
        if self.last_error is not None:
            return f"{self.state}, restarted {self.restarts} times; last failure: {self.last_error}"
        return None if self.state is HostedServiceState.RUNNING else str(self.state)

    def _recovering(self) -> bool:
        return self._failures > 0 and self._clock.monotonic() - self._started_at < self._policy.steady

    async def run(self) -> None:
        try:
            while True:
                await self._run_once()
                delay = self._policy.delay(self._failures)
                await self._clock.sleep(delay)
                self.restarts += 1
                _restarts.add(1, {"hosted_service": self.name})
        finally:
            self.state = HostedServiceState.STOPPED

    async def _run_once(self) -> None:
        self._started_at = self._clock.monotonic()
        self.state = HostedServiceState.RUNNING
        try:
            await self._service.run()
            self.last_error = "it ended although nobody stopped it"
            log.error("hosted_service_ended", hosted_service=self.name)
        except Exception as error:
            self.last_error = _told(error)
            log.exception("hosted_service_failed", hosted_service=self.name)
        if self._clock.monotonic() - self._started_at >= self._policy.steady:
            self._failures = 0
        self._failures += 1
        self.state = HostedServiceState.FAILED


class Supervisor:
    """Starts hosted services in order, keeps them running, and stops them in the opposite order."""

    def __init__(
        self,
        services: Sequence[HostedService],
        *,
        grace_seconds: float,
        policy: RestartPolicy | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._clock: Clock = clock or SystemClock()
        self._grace_seconds = grace_seconds
        self.services = [SupervisedService(service, policy or RestartPolicy(), self._clock) for service in services]

    async def run(self, stopping: asyncio.Event) -> None:
        """Run all until *stopping* is set or the caller is cancelled; return when each has stopped."""
        async with asyncio.TaskGroup() as group:
            tasks = [(service, group.create_task(service.run(), name=service.name)) for service in self.services]
            try:
                await stopping.wait()
            finally:
                for service, task in reversed(tasks):
                    await self._stop(service, task)

    async def _stop(self, service: SupervisedService, task: asyncio.Task[None]) -> None:
        task.cancel()
        _, late = await asyncio.wait({task}, timeout=self._grace_seconds)
        if late:
            log.error("hosted_service_does_not_stop", hosted_service=service.name, waited_seconds=self._grace_seconds)
            task.cancel()
