"""One HTTP client for every far end that speaks JSON.

Each call has deadlines, carries trace, correlation id and token, is retried only when repeating it is harmless, and
stops calling a host that keeps failing. Whatever goes wrong is an error of LCM's tree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
import stamina
import structlog
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from lcm_core.auth.token_source import TokenSource
from lcm_core.domain.errors import FarEndError, LcmError
from lcm_core.integration.http_errors import error_for, retry_after_seconds
from lcm_core.integration.http_policy import BreakerPolicy, Deadlines, RetryPolicy, new_http_client, tls_context
from lcm_core.observability.correlation import CORRELATION_HEADER, correlation_id, new_correlation_id
from lcm_core.observability.tracing import inject_trace, tracer

__all__ = [
    "BreakerPolicy",
    "CircuitOpen",
    "Deadlines",
    "JsonHttpClient",
    "RetryPolicy",
    "new_http_client",
    "tls_context",
]

log = structlog.stdlib.get_logger(__name__)
_tracer = tracer("lcm_core.http_client")

HeaderSource = Callable[[], Mapping[str, str]]
Params = Mapping[str, str | Sequence[str]]


class CircuitOpen(FarEndError):
    def __init__(self, system: str, host: str) -> None:
        super().__init__(
            system,
            f"{system} at {host} failed repeatedly and is left alone for some seconds; the call was not made.",
            retryable=True,
            code="circuit-open",
            facts={"host": host},
        )


class _Unsuccessful(Exception):
    """A far-end failure on its way through breaker and retries, with the pause that was asked for."""

    def __init__(self, error: LcmError, pause_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause_seconds = pause_seconds

    @property
    def worth_retrying(self) -> bool:
        return isinstance(self.error, FarEndError) and self.error.retryable


class JsonHttpClient:
    """Calls one far end, named *system* in errors and logs.

    *token_source* gives the bearer token; *headers* is asked for more headers before every attempt and may raise to
    stop it (a leader that has lost its office does). Close with ``aclose`` or use as an async context manager.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        *,
        token_source: TokenSource | None = None,
        headers: HeaderSource | None = None,
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
        breaker: BreakerPolicy | None = None,
        ca_file: Path | None = None,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        self._system = system
        self._deadlines = deadlines or Deadlines()
        self._retry = retry or RetryPolicy()
        self._token_source = token_source
        self._headers = headers
        self._http = http or new_http_client(base_url, deadlines=self._deadlines, ca_file=ca_file)
        self._host = httpx2.URL(base_url).netloc.decode("ascii", "replace")
        policy = breaker or BreakerPolicy()
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=policy.failures,
            default_ttl=policy.pause_seconds,
            exclude=[asyncio.CancelledError, LcmError, (_Unsuccessful, _says_nothing_about_the_host)],
        )
        self._breakers.add_listener(self._note_breaker)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
        deadline_seconds: float | None = None,
    ) -> Any:
        """The JSON that the far end answers, None for an empty body. Errors as for ``send``."""
        response = await self.send(
            method,
            path,
            params=params,
            json=json,
            headers={"Accept": "application/json", **(headers or {})},
            idempotent=idempotent,
            deadline_seconds=deadline_seconds,
        )
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise FarEndError(
                self._system,
                f"{self._system} answered {method} {path} with something that is not JSON.",
                retryable=False,
                code="far-end-unreadable",
            ) from error

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
        deadline_seconds: float | None = None,
    ) -> httpx2.Response:
        """A successful (2xx) response, read to its end.

        *idempotent* says that making the call twice does no harm; only then is it repeated. Raises what the far end's
        problem document stands for (NotFound, Conflict, RuleViolation, …), else ``FarEndError``; nothing of httpx2.
        """
        request = _RequestParts(method, path, params, json, content, dict(headers or {}))
        total = deadline_seconds if deadline_seconds is not None else self._deadlines.total_seconds
        try:
            async with asyncio.timeout(total):
                return await self._try_repeatedly(request, self._retry.attempts if idempotent else 1)
        except TimeoutError:
            raise self._no_answer(f"within {total:g} s to {method} {path}") from None
        except _Unsuccessful as failure:
            raise failure.error from failure.error.__cause__

    async def _try_repeatedly(self, request: _RequestParts, attempts: int) -> httpx2.Response:
        policy = self._retry
        async for attempt in stamina.retry_context(
            on=_pause_before_retry,
            attempts=attempts,
            timeout=None,
            wait_initial=policy.first_pause_seconds,
            wait_max=policy.longest_pause_seconds,
            wait_jitter=policy.first_pause_seconds,
        ):
            with attempt:
                return await self._through_breaker(request)
        raise AssertionError("stamina ends in a result or an exception")

    async def _through_breaker(self, request: _RequestParts) -> httpx2.Response:
        breaker = await self._breakers.get_breaker(self._host)
        try:
            async with breaker:
                return await self._authenticated(request)
        except OpenedState as open_circuit:
            # purgatory raises one and the same object each time; its traceback would grow for ever
            open_circuit.__traceback__ = None
            raise CircuitOpen(self._system, self._host) from None

    async def _authenticated(self, request: _RequestParts) -> httpx2.Response:
        if self._token_source is None:
            return self._checked(await self._exchange(request, None))
        token = await self._token_source.token()
        response = await self._exchange(request, token)
        if response.status_code == 401:
            # refused before anything was done, so that even a call that must not be repeated may be sent again
            self._token_source.invalidate(token)
            response = await self._exchange(request, await self._token_source.token())
        return self._checked(response)

    async def _exchange(self, request: _RequestParts, token: str | None) -> httpx2.Response:
        headers = dict(request.headers)
        if self._headers is not None:
            headers.update(self._headers())
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        headers[CORRELATION_HEADER] = correlation_id() or new_correlation_id()
        with _tracer.start_as_current_span(f"{request.method} {self._system}") as span:
            span.set_attributes({"http.request.method": request.method, "server.address": self._host})
            inject_trace(headers)
            try:
                async with asyncio.timeout(self._deadlines.attempt_seconds):
                    return await self._http.request(
                        request.method,
                        request.path,
                        params=request.params,
                        json=request.json,
                        content=request.content,
                        headers=headers,
                    )
            except TimeoutError:
                raise _Unsuccessful(self._no_answer(f"within {self._deadlines.attempt_seconds:g} s")) from None
            except httpx2.TimeoutException as error:
                raise _Unsuccessful(self._no_answer(f"in time ({type(error).__name__})")) from error
            except httpx2.HTTPError as error:
                raise _Unsuccessful(self._unreachable(error)) from error

    def _checked(self, response: httpx2.Response) -> httpx2.Response:
        if response.is_success:
            return response
        raise _Unsuccessful(error_for(self._system, response), retry_after_seconds(response))

    def _no_answer(self, when: str) -> FarEndError:
        return FarEndError(
            self._system,
            f"{self._system} at {self._host} did not answer {when}.",
            retryable=True,
            code="far-end-timeout",
            facts={"host": self._host},
        )

    def _unreachable(self, error: httpx2.HTTPError) -> FarEndError:
        why = str(error) or type(error).__name__
        return FarEndError(
            self._system,
            f"{self._system} at {self._host} cannot be reached: {why}.",
            retryable=True,
            code="far-end-unreachable",
            facts={"host": self._host},
        )

    def _note_breaker(self, name: str, event_name: str, event: Any) -> None:
        if event_name == "state_changed":
            log.warning("circuit_breaker_changed", system=self._system, host=name, state=event.state)


@dataclass(frozen=True, slots=True)
class _RequestParts:
    method: str
    path: str
    params: Params | None
    json: Any
    content: bytes | None
    headers: dict[str, str]


def _says_nothing_about_the_host(failure: _Unsuccessful) -> bool:
    """A refusal by a host that works is no reason to leave it alone."""
    return not failure.worth_retrying


def _pause_before_retry(error: Exception) -> bool | float:
    """stamina's question: False gives up, True waits by the policy, a number waits that many seconds."""
    if not isinstance(error, _Unsuccessful) or not error.worth_retrying:
        return False
    return True if error.pause_seconds is None else min(error.pause_seconds, 5.0)
