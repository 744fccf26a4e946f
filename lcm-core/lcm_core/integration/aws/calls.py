"""Calls to AWS: boto3 blocks, so each call runs in a small thread pool, with a deadline and one kind of error."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from boto3.session import Session  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
)
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from lcm_core.domain.errors import FarEndError, LcmError
from lcm_core.integration.aws.measures import measure_calls

ResultT = TypeVar("ResultT")

USER_AGENT = "lcm"
"""How our calls are told from others' in the account's trail, unless a service says its name."""
_BREAKER_FAILURES = 8
_BREAKER_PAUSE_SECONDS = 5.0
_PASSING_CODES = frozenset(
    {
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "ServiceUnavailable",
        "Unavailable",
        "RequestTimeout",
    }
)
_REFUSED_FOR_NOW = frozenset(
    {
        "InsufficientInstanceCapacity",
        "InsufficientHostCapacity",
        "InsufficientCapacity",
        "IncorrectInstanceState",
        "PendingVerification",
    }
)
"""Answers of a service that works: no reason to leave it alone."""


@dataclass(frozen=True, slots=True)
class AwsTiming:
    """Seconds: to connect, for one answer, and for a call with its repetitions."""

    connect_seconds: float = 2.0
    read_seconds: float = 10.0
    total_seconds: float = 30.0
    attempts: int = 3


class AwsCallFailed(FarEndError):
    """``aws_code`` is the error code that AWS gave, "" when there was no answer."""

    def __init__(self, service: str, doing: str, why: str, *, retryable: bool, aws_code: str = "") -> None:
        super().__init__(
            service,
            f"{service} did not do it ({doing}): {why}",
            retryable=retryable,
            code="aws-call-failed",
            facts={"doing": doing, "aws_code": aws_code},
        )
        self.aws_code = aws_code


class AwsCalls:
    """Shared by the AWS adapters of one process; close with ``aclose`` or use as an async context manager.

    *endpoint_url* replaces AWS's own addresses; credentials come from the usual AWS variables, files or roles.
    *user_agent* goes with every call.
    """

    def __init__(
        self,
        *,
        endpoint_url: str | None = None,
        threads: int = 8,
        timing: AwsTiming | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._endpoint_url = endpoint_url
        self._user_agent = user_agent
        self._timing = timing or AwsTiming()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="aws")
        self._clients: dict[tuple[str, str, int], Any] = {}
        self._making_clients = threading.Lock()
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=_BREAKER_FAILURES,
            default_ttl=_BREAKER_PAUSE_SECONDS,
            exclude=[asyncio.CancelledError, (AwsCallFailed, _says_nothing_about_the_service)],
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Give up queued calls; a call in a thread ends by its own time-outs."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def call(
        self,
        service: str,
        region: str,
        doing: str,
        work: Callable[[Any], ResultT],
        *,
        attempts: int | None = None,
    ) -> ResultT:
        """Run *work* with the boto3 client of *service* in *region*; raises ``AwsCallFailed``, nothing of botocore.

        *attempts* 1 is for calls whose refusal the caller answers with another request instead of the same one.
        """
        breaker = await self._breakers.get_breaker(f"{service}.{region}")
        try:
            async with breaker:
                return await self._in_thread(service, region, doing, work, attempts or self._timing.attempts)
        except OpenedState as open_circuit:
            # purgatory raises one and the same object each time; its traceback would grow for ever
            open_circuit.__traceback__ = None
            raise AwsCallFailed(
                service, doing, f"{service} in {region} failed repeatedly and is left alone", retryable=True
            ) from None

    async def _in_thread(
        self, service: str, region: str, doing: str, work: Callable[[Any], ResultT], attempts: int
    ) -> ResultT:
        def run() -> ResultT:
            return work(self._client(service, region, attempts))

        try:
            async with asyncio.timeout(self._timing.total_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._pool, run)
        except LcmError:
            raise
        except TimeoutError:
            seconds = self._timing.total_seconds
            raise AwsCallFailed(service, doing, f"no answer within {seconds:g} s", retryable=True) from None
        except ClientError as error:
            raise _failed(service, doing, error) from error
        except (NoCredentialsError, ParamValidationError) as error:
            raise AwsCallFailed(service, doing, str(error), retryable=False) from error
        except BotoCoreError as error:
            raise AwsCallFailed(service, doing, str(error), retryable=True) from error

    def _client(self, service: str, region: str, attempts: int) -> Any:
        # making a client is not thread-safe in boto3, using one is
        with self._making_clients:
            client = self._clients.get((service, region, attempts))
            if client is None:
                config = Config(
                    connect_timeout=self._timing.connect_seconds,
                    read_timeout=self._timing.read_seconds,
                    user_agent_extra=self._user_agent,
                    retries={"mode": "adaptive", "total_max_attempts": attempts},
                    # a bucket in the path works with every endpoint; as a host name it needs DNS for each bucket
                    s3={"addressing_style": "path"} if self._endpoint_url else None,
                )
                session: Any = Session()
                client = session.client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint_url,
                    config=config,
                )
                measure_calls(client, service)
                self._clients[(service, region, attempts)] = client
            return client


def _says_nothing_about_the_service(failed: AwsCallFailed) -> bool:
    return not failed.retryable or failed.aws_code in _REFUSED_FOR_NOW


def _failed(service: str, doing: str, error: ClientError) -> AwsCallFailed:
    response: Any = error.response
    told: dict[str, Any] = response.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message", ""))
    status: Any = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    retryable = code in _PASSING_CODES or code in _REFUSED_FOR_NOW or int(status) >= 500
    return AwsCallFailed(service, doing, f"{code}: {message}", retryable=retryable, aws_code=code)
