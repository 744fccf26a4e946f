"""What a client needs of HTTP; implemented by ``lcm_core.integration.http.JsonHttpClient``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

ModelT = TypeVar("ModelT", bound=BaseModel)
Params = Mapping[str, str | Sequence[str]]


class JsonTransport(Protocol):
    """One JSON request with deadline, authentication, retries when *idempotent*, and typed errors.

    Raises the error that the far end's problem document names (NotFound, Conflict, ...), or FarEndError.
    """

    async def request(
        self, method: str, path: str, *, params: Params | None = None, json: Any = None, idempotent: bool = False
    ) -> Any: ...


class InternalApi:
    """Base of the groups below: every write there may be repeated without changing anything twice."""

    def __init__(self, transport: JsonTransport, root: str) -> None:
        self._transport = transport
        self._root = f"/api/internal/{root}"

    def _path(self, *parts: str) -> str:
        return "/".join((self._root, *(quote(part, safe="") for part in parts)))

    async def _get(self, model: type[ModelT], *parts: str) -> ModelT:
        return model.model_validate(await self._transport.request("GET", self._path(*parts), idempotent=True))

    async def _list(self, model: type[ModelT], *parts: str, params: Params | None = None) -> list[ModelT]:
        answer = await self._transport.request("GET", self._path(*parts), params=params, idempotent=True)
        return [model.model_validate(row) for row in answer]

    async def _post(
        self, model: type[ModelT], *parts: str, body: BaseModel | None = None, method: str = "POST"
    ) -> ModelT:
        json = body.model_dump(mode="json") if body is not None else {}
        answer = await self._transport.request(method, self._path(*parts), json=json, idempotent=True)
        return model.model_validate(answer)
