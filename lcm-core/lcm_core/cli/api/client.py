"""Requests to the REST API: with a token, deadlines, and retries that do no harm."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, cast
from uuid import uuid4

import httpx2
import stamina

from lcm_core.cli.api.problem import ApiProblem, NotSignedIn, Unreachable
from lcm_core.integration.http_policy import RetryPolicy

Row = dict[str, Any]
"""One thing as the API answers it; read by columns, never kept."""

PAGE_ROWS = 100
_RETRYABLE = frozenset({429, 502, 503, 504})
_STREAM_READ_SECONDS = 60.0


class Tokens(Protocol):
    async def token(self) -> str:
        """Good for some seconds at least; raises NotSignedIn."""
        ...

    async def renewed(self, refused: str) -> str | None:
        """Another token than *refused*, or None when there is no way to get one."""
        ...


class _TryAgain(Exception):
    """A failure that repeating may mend. Carries what to raise when it does not."""

    def __init__(self, error: ApiProblem | Unreachable) -> None:
        super().__init__(str(error))
        self.error = error


class ApiClient:
    """One signed-in caller of the API at *url*."""

    def __init__(self, url: str, http: httpx2.AsyncClient, tokens: Tokens, retry: RetryPolicy | None = None) -> None:
        self.url = url
        self._http = http
        self._tokens = tokens
        self._retry = retry or RetryPolicy()

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
    ) -> Any:
        """Sent with an Idempotency-Key, so that a repetition after a lost answer does nothing twice."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        answer = await self.send("POST", path, body=body, params=params, headers=headers)
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
    ) -> httpx2.Response:
        """A successful answer. Raises ApiProblem, NotSignedIn, Unreachable."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        policy = self._retry
        try:
            async for attempt in stamina.retry_context(
                on=_TryAgain,
                attempts=policy.attempts,
                timeout=None,
                wait_initial=policy.first_pause_seconds,
                wait_max=policy.longest_pause_seconds,
                wait_jitter=policy.first_pause_seconds,
            ):
                with attempt:
                    return await self._once(method, path, given, body, dict(headers or {}))
        except _TryAgain as failure:
            raise failure.error from failure.__cause__
        raise AssertionError("stamina ends in a result or an exception")

    async def _once(
        self, method: str, path: str, params: Mapping[str, Any], body: Mapping[str, Any] | None, headers: dict[str, str]
    ) -> httpx2.Response:
        token = await self._tokens.token()
        answer = await self._exchange(method, path, params, body, headers, token)
        if answer.status_code == 401:
            again = await self._tokens.renewed(token)
            if again is not None:
                answer = await self._exchange(method, path, params, body, headers, again)
        if answer.is_success:
            return answer
        problem = problem_of(answer)
        if answer.status_code in _RETRYABLE:
            raise _TryAgain(problem)
        raise problem

    async def _exchange(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        headers: dict[str, str],
        token: str,
    ) -> httpx2.Response:
        sent = {**headers, "Authorization": f"Bearer {token}", "Accept": "application/json"}
        try:
            return await self._http.request(method, path, params=dict(params), json=body, headers=sent)
        except httpx2.HTTPError as error:
            raise _TryAgain(self._unreachable(error)) from error

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, Any], headers: Mapping[str, str]
    ) -> AsyncGenerator[AsyncIterator[str]]:
        """Lines of a streamed answer, as they come. Raises as ``send`` does; tries once, the caller reconnects."""
        token = await self._tokens.token()
        sent = {"Accept": "text/event-stream", **headers, "Authorization": f"Bearer {token}"}
        timeout = httpx2.Timeout(10, read=_STREAM_READ_SECONDS)
        try:
            async with self._http.stream("GET", path, params=dict(params), headers=sent, timeout=timeout) as answer:
                if not answer.is_success:
                    await answer.aread()
                    if answer.status_code == 401 and await self._tokens.renewed(token) is None:
                        raise NotSignedIn("The API does not take the token any more.")
                    raise problem_of(answer)
                yield answer.aiter_lines()
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from error

    async def clock_skew_seconds(self) -> float | None:
        """How far this machine's clock is ahead of the API's; None when the API does not tell its time."""
        return skew_seconds(await self.send("GET", "/health/live"))

    def _unreachable(self, error: httpx2.HTTPError) -> Unreachable:
        return Unreachable("The API", self.url, str(error) or type(error).__name__)


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
