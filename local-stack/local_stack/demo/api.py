"""The public REST API and live stream, as an LMS developer would use them."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2

from local_stack.plan import StackPlan


class DemoFailed(RuntimeError):
    """The demo cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    name: str
    id: str
    data: dict[str, Any]


class PublicApi:
    """One client of control-plane-api, logged in by client credentials."""

    def __init__(self, plan: StackPlan, client_id: str, *, timeout_seconds: float = 15) -> None:
        self._plan = plan
        self._client_id = client_id
        self._token = ""
        self._token_until = 0.0
        self._http = httpx2.AsyncClient(base_url=plan.url("control-plane-api"), timeout=timeout_seconds)

    async def __aenter__(self) -> PublicApi:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, **params: str) -> Any:
        return await self._answer("GET", path, params=params)

    async def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        return await self._answer("POST", path, json=body, extra=headers)

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        return await self._answer("PUT", path, json=body)

    async def delete(self, path: str) -> Any:
        return await self._answer("DELETE", path)

    async def stream(self, path: str = "/api/v1/events/stream") -> AsyncIterator[StreamEvent]:
        """Events until the connection ends; resumes are the caller's business."""
        headers = await self._headers()
        async with self._http.stream("GET", path, headers=headers, timeout=httpx2.Timeout(10, read=60)) as answer:
            if answer.status_code != 200:
                raise DemoFailed(f"live stream: {answer.status_code} {(await answer.aread()).decode()[:300]}")
            fields: dict[str, list[str]] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(":")
                    fields.setdefault(name, []).append(value.removeprefix(" "))
                    continue
                if "data" in fields:
                    data = json.loads("\n".join(fields["data"]))
                    yield StreamEvent(fields.get("event", ["message"])[0], fields.get("id", [""])[0], data)
                fields = {}

    async def _answer(
        self, method: str, path: str, *, params: Any = None, json: Any = None, extra: dict[str, str] | None = None
    ) -> Any:
        headers = {**await self._headers(), **(extra or {})}
        answer = await self._http.request(method, path, params=params, json=json, headers=headers)
        if answer.status_code >= 400:
            raise DemoFailed(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    async def _headers(self) -> dict[str, str]:
        if time.monotonic() > self._token_until:
            answer = await self._http.post(
                f"{self._plan.url('identity')}/token",
                data={"grant_type": "client_credentials"},
                auth=(self._client_id, self._plan.secrets[f"client-{self._client_id}"]),
            )
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
            self._token_until = time.monotonic() + answer.json()["expires_in"] / 2
        return {"Authorization": f"Bearer {self._token}"}
