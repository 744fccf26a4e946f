"""If-Match, ETag and Idempotency-Key: what HTTP says about versions and repetitions."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response

from control_plane_api.api.access import principal_of
from control_plane_api.api.services import Services
from control_plane_api.application.conditions import OnlyOnVersion, PreconditionFailed
from control_plane_api.application.idempotency import KeyedRequest, Once
from lcm_core.domain.commit import stream_id
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.hosting.problems import problem_response

AnswerT = TypeVar("AnswerT")

_ETAG = re.compile(r'(?:W/)?"(?P<version>\d{1,9})"')


def tag(response: Response, row: AggregateReadModel) -> None:
    """The row's version as ETag."""
    response.headers["ETag"] = f'"{row.version}"'


async def answer_precondition_failed(request: Request, error: Exception) -> Response:
    """412, the one error whose status the shared table does not know."""
    if not isinstance(error, PreconditionFailed):
        raise error
    return problem_response(request, status=412, code=error.code, detail=error.message, facts=error.facts)


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A request that changes something, with what it demands of the change."""

    request: Request
    response: Response
    once: Once
    if_match: int | None
    key: str | None

    async def do(
        self,
        work: Callable[[], Awaitable[AnswerT]],
        again: Callable[[Mapping[str, str]], Awaitable[AnswerT]],
        *,
        kind: str = "",
        id: str = "",
    ) -> AnswerT:
        """Run *work* under If-Match on the aggregate *kind* / *id* and under the Idempotency-Key.

        A repetition of a request that was done answers *again*, given ids by kind of what the first one created.
        """
        only_on = OnlyOnVersion(stream_id(kind, id), self.if_match) if self.if_match is not None and kind else None
        answer, repeated = await self.once.run(await self._keyed(), work, again, only_on=only_on)
        if repeated:
            self.response.headers["Idempotent-Replayed"] = "true"
        return answer

    async def _keyed(self) -> KeyedRequest | None:
        if self.key is None:
            return None
        principal = principal_of(self.request)
        caller = f"{principal.client_id}\n{principal.subject}" if principal is not None else ""
        content = f"{self.request.method} {self.request.url.path}\n".encode() + await self.request.body()
        return KeyedRequest(caller, self.key, content)


async def _change_request(
    request: Request,
    response: Response,
    services: Services,
    if_match: Annotated[
        str | None, Header(description='ETag of the version that the change is meant for, e.g. `"7"`.')
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1, max_length=200, description="Unique per intended change; the same key never does it twice."
        ),
    ] = None,
) -> ChangeRequest:
    return ChangeRequest(request, response, services.once, _version_in(if_match), idempotency_key)


def _version_in(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise InvalidInput([InputProblem("/If-Match", 'must be one ETag as it was sent, such as "7"')], what="header")
    return int(found["version"])


Change = Annotated[ChangeRequest, Depends(_change_request)]
