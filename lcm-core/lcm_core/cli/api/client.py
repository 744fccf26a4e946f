"""Requests to the REST API: with a token, within a deadline, and with retries that do no harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, cast
from uuid import uuid4

import httpx2
import stamina

from lcm_core.cli.api.problem import ApiProblem, NotSignedIn, Unreachable
from lcm_core.integration.http_policy import Deadlines, RetryPolicy
from lcm_core.integration.retry_after import seconds_asked

Row = dict[str, Any]
"""One thing as the API answers it; read by columns, never kept."""

PAGE_ROWS = 100
API_DEADLINES = Deadlines(connect_seconds=5.0, attempt_seconds=60.0, total_seconds=120.0)
_RETRYABLE = frozenset({429, 502, 503, 504})
_STREAM_READ_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LongWork:
    """A request whose answer may take *seconds*, and which is not sent again: the server may still be at it."""

    seconds: float


class Tokens(Protocol):
    async def token(self) -> str:
        """Good for some seconds at least; raises NotSignedIn."""
        ...

    async def renewed(self, refused: str) -> str | None:
        """Another token than *refused*, or None when there is no way to get one."""
        ...


class _TryAgain(Exception):
    """A failure that repeating may mend. Carries what to raise when it does not, and when to go on at the earliest."""

    def __init__(self, error: ApiProblem | Unreachable, rest_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.rest_seconds = rest_seconds


class ApiClient:
    """One signed-in caller of the API at *url*. A call ends, with all attempts, within ``deadlines.total_seconds``."""

    def __init__(
        self,
        url: str,
        http: httpx2.AsyncClient,
        tokens: Tokens,
        retry: RetryPolicy | None = None,
        deadlines: Deadlines = API_DEADLINES,
    ) -> None:
        self.url = url
        self._http = http
        self._tokens = tokens
        self._retry = retry or RetryPolicy()
        self._deadlines = deadlines

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON at *path*; parameters that are None are left out."""
        return (await self.send("GET", path, params=params)).json()

    async def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        params: Mapping[str, Any] | None = None,
        long: LongWork | None = None,
    ) -> Any:
        """Sent with an Idempotency-Key, so that a repetition after a lost answer does nothing twice."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        answer = await self.send("POST", path, body=body, params=params, headers=headers, long=long)
        return answer.json() if answer.content else None

    async def delete(self, path: str, **params: Any) -> Any:
        answer = await self.send("DELETE", path, params=params, headers={"Idempotency-Key": uuid4().hex})
        return answer.json() if answer.content else None

    async def rows(self, path: str, params: Mapping[str, Any] | None = None, *, most: int | None = None) -> list[Row]:
        """The rows of a list, page by page, *most* of them; also of lists that have no pages."""
        page = await self.page(path, params or {}, PAGE_ROWS if most is None else min(most, PAGE_ROWS))
        rows: list[Row] = page["items"]
        while page.get("next_cursor") and (most is None or len(rows) < most):
            more = {**(params or {}), "cursor": page["next_cursor"]}
            page = await self.page(path, more, PAGE_ROWS)
            rows = [*rows, *page["items"]]
        return rows if most is None else rows[:most]

    async def page(self, path: str, params: Mapping[str, Any], limit: int) -> dict[str, Any]:
        """One page, in the same form for lists without pages."""
        try:
            answer = await self.get(path, **{**params, "limit": limit})
        except ApiProblem as problem:
            if problem.code != "unknown-parameter":
                raise
            answer = await self.get(path, **params)
        return {"items": answer, "next_cursor": None} if isinstance(answer, list) else answer

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        long: LongWork | None = None,
    ) -> httpx2.Response:
        """A successful answer. Raises ApiProblem, NotSignedIn, and Unreachable also when the time is over."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        request = self._http.build_request(method, path, params=given, json=body, headers=dict(headers or {}))
        request.headers["Accept"] = "application/json"
        total, attempts = self._deadlines.total_seconds, self._retry.attempts
        if long is not None:
            total, attempts = long.seconds, 1
            request.extensions["timeout"] = httpx2.Timeout(
                long.seconds, connect=self._deadlines.connect_seconds
            ).as_dict()
        try:
            async with asyncio.timeout(total):
                return await self._attempted(request, attempts, asyncio.get_running_loop().time() + total)
        except TimeoutError as error:
            raise self._unreachable(f"no answer within {total:g} s") from error
        except _TryAgain as failure:
            raise failure.error from failure.__cause__

    async def _attempted(self, request: httpx2.Request, attempts: int, until: float) -> httpx2.Response:
        """Pauses are those of the policy, or as long as the server asks for; a pause beyond *until* is not begun."""

        def pause(error: Exception) -> bool | float:
            if not isinstance(error, _TryAgain):
                return False
            if error.rest_seconds is None:
                return True
            return error.rest_seconds if asyncio.get_running_loop().time() + error.rest_seconds < until else False

        async for attempt in stamina.retry_context(
            on=pause,
            attempts=attempts,
            timeout=None,
            wait_initial=self._retry.first_pause_seconds,
            wait_max=self._retry.longest_pause_seconds,
            wait_jitter=self._retry.first_pause_seconds,
        ):
            with attempt:
                return await self._once(request)
        raise AssertionError("stamina ends in a result or an exception")

    async def _once(self, request: httpx2.Request) -> httpx2.Response:
        token = await self._tokens.token()
        answer = await self._exchange(request, token)
        if answer.status_code == 401:
            again = await self._tokens.renewed(token)
            if again is not None:
                answer = await self._exchange(request, again)
        if answer.is_success:
            return answer
        problem = problem_of(answer)
        if answer.status_code in _RETRYABLE:
            raise _TryAgain(problem, _rest_seconds(answer))
        raise problem

    async def _exchange(self, request: httpx2.Request, token: str) -> httpx2.Response:
        request.headers["Authorization"] = f"Bearer {token}"
        try:
            return await self._http.send(request)
        except httpx2.HTTPError as error:
            raise _TryAgain(self._unreachable(error)) from error

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, Any], headers: Mapping[str, str]
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Pieces of a streamed answer, as they come. Raises as ``send`` does; a lost one is the caller's to reopen."""
        timeout = httpx2.Timeout(10, read=_STREAM_READ_SECONDS)
        request = self._http.build_request("GET", path, params=dict(params), headers=dict(headers), timeout=timeout)
        try:
            answer = await self._opened(request)
            try:
                yield answer.aiter_bytes()
            finally:
                await answer.aclose()
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from error

    async def _opened(self, request: httpx2.Request) -> httpx2.Response:
        """A token that is refused is renewed once."""
        token = await self._tokens.token()
        for last in (False, True):
            request.headers["Authorization"] = f"Bearer {token}"
            answer = await self._http.send(request, stream=True)
            if answer.is_success:
                return answer
            await answer.aread()
            await answer.aclose()
            if answer.status_code != 401 or last:
                raise problem_of(answer)
            again = await self._tokens.renewed(token)
            if again is None:
                raise NotSignedIn("The API does not take the token any more.")
            token = again
        raise AssertionError("the second answer is the last one")

    async def clock_skew_seconds(self) -> float | None:
        """How far this machine's clock is ahead of the API's; None when the API does not tell its time."""
        return skew_seconds(await self.send("GET", "/health/live"))

    def _unreachable(self, why: httpx2.HTTPError | str) -> Unreachable:
        return Unreachable("The API", self.url, str(why) or type(why).__name__)


def _rest_seconds(answer: httpx2.Response) -> float | None:
    return seconds_asked(answer.headers.get("Retry-After", ""), datetime.now(UTC))


def skew_seconds(answer: httpx2.Response) -> float | None:
    told = answer.headers.get("Date")
    return (datetime.now(UTC) - parsedate_to_datetime(told)).total_seconds() if told else None


def problem_of(answer: httpx2.Response) -> ApiProblem:
    """What an unsuccessful *answer* says, also when it is no problem document."""
    try:
        body: Any = answer.json()
    except ValueError:
        body = {"detail": " ".join(answer.text.split())[:300]}
    known: Mapping[str, Any] = cast("Mapping[str, Any]", body) if isinstance(body, dict) else {}
    request = f"{answer.request.method} {answer.request.url.path}"
    return ApiProblem(answer.status_code, known, request, answer.headers.get("X-Correlation-ID"))
