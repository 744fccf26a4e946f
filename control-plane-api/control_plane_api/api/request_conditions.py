"""If-Match, ETag and Idempotency-Key: what HTTP says about versions and repetitions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from control_plane_api.api.access import principal_of
from control_plane_api.api.kept_answers import REPLAYED_HEADER, note_keyed
from control_plane_api.api.services import Services
from control_plane_api.application.conditions import KeptAnswer, OnlyOnVersion, PreconditionFailed
from control_plane_api.application.idempotency import KeyedRequest, Once
from lcm_core.domain.commit import stream_id
from lcm_core.domain.errors import InputProblem, InvalidInput, LcmError
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.hosting.problems import problem_response

AnswerT = TypeVar("AnswerT")

_ETAG = re.compile(r'(?:W/)?"(?P<version>\d{1,9})"')


def tag(response: Response, row: AggregateReadModel) -> None:
    """The row's version as ETag."""
    response.headers["ETag"] = tag_of(row)


def tag_of(row: AggregateReadModel) -> str:
    return f'"{row.version}"'


def tag_content(response: Response, content: BaseModel) -> None:
    """A hash as ETag, for what has no version: it tells that nothing has changed, and is nothing for If-Match."""
    response.headers["ETag"] = f'W/"{hashlib.sha256(content.model_dump_json().encode()).hexdigest()[:32]}"'


class PreconditionRequired(LcmError):
    """428: what was read last may have been changed by somebody else."""

    def __init__(self) -> None:
        super().__init__(
            'This change needs the header If-Match with the ETag of the version that was edited, such as "7"; '
            "read it again and send its ETag.",
            code="precondition-required",
        )


PRECONDITIONS: Mapping[type[LcmError], int] = {PreconditionFailed: 412, PreconditionRequired: 428}
"""The errors whose status the table that all services share does not know."""


async def answer_precondition(request: Request, error: Exception) -> Response:
    """412 and 428."""
    for kind, status in PRECONDITIONS.items():
        if isinstance(error, kind):
            return problem_response(request, status=status, code=error.code, detail=error.message, facts=error.facts)
    raise error


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
        return await self._run(work, again, only_on=only_on, with_commit=True)

    async def do_and_tell(
        self,
        work: Callable[[], Awaitable[AnswerT]],
        again: Callable[[Mapping[str, str]], Awaitable[AnswerT]],
        told: Callable[[AnswerT], KeptAnswer],
    ) -> Response:
        """As ``do``, for *work* that keeps what is *told* of it in the commit that does it.

        That is one write less for each request of a crowd, and no moment in which it is done and its answer not kept.
        """
        kept: list[KeptAnswer] = []

        def keep(outcome: AnswerT) -> KeptAnswer:
            kept.append(told(outcome))
            return kept[-1]

        keyed = await self._keyed()
        answer, repeated = await self.once.run(keyed, work, again, told=keep)
        if keyed is not None and (repeated or not kept):
            note_keyed(self.request, keyed)
        last = told(answer) if repeated or not kept else kept[-1]
        headers = {**last.headers, **({REPLAYED_HEADER: "true"} if repeated else {})}
        return Response(last.body, status_code=last.status, headers=headers)

    async def find_out(self, work: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """As ``do``, for what may be done again: it answers with what it finds, however many commits it makes, if any.

        The key is kept with the answer, after the work. Of several at one time each does the work, and when the answer
        was lost with the process, a repetition does what is left of it.
        """

        async def again(_: Mapping[str, str]) -> AnswerT:
            return await work()

        return await self._run(work, again, only_on=None, with_commit=False)

    async def _run(
        self,
        work: Callable[[], Awaitable[AnswerT]],
        again: Callable[[Mapping[str, str]], Awaitable[AnswerT]],
        *,
        only_on: OnlyOnVersion | None,
        with_commit: bool,
    ) -> AnswerT:
        keyed = await self._keyed()
        if keyed is not None:
            note_keyed(self.request, keyed)
        answer, repeated = await self.once.run(keyed, work, again, only_on=only_on, with_commit=with_commit)
        if repeated:
            self.response.headers[REPLAYED_HEADER] = "true"
        return answer

    def must_name_a_version(self) -> None:
        """Raises ``PreconditionRequired`` for a request without If-Match."""
        if self.if_match is None:
            raise PreconditionRequired

    async def _keyed(self) -> KeyedRequest | None:
        if self.key is None:
            return None
        principal = principal_of(self.request)
        caller = f"{principal.client_id}\n{principal.subject}" if principal is not None else ""
        content = (
            f"{self.request.method} {self.request.url.path}?{self.request.url.query}\n".encode()
            + await self.request.body()
        )
        return KeyedRequest(caller, self.key, content)


async def _change_request(
    request: Request,
    response: Response,
    services: Services,
    if_match: Annotated[
        str | None, Header(max_length=200, description='ETag of the version that the change is meant for, e.g. `"7"`.')
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            description="Unique per intended change; the same key never does it twice, and is answered with the same "
            "bytes.",
            examples=["3f0c8a52-7a0b-4b0e-9d53-6a9d0f1e2c11"],
        ),
    ] = None,
) -> ChangeRequest:
    return ChangeRequest(request, response, services.once, _version_in(if_match), idempotency_key)


def _version_in(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise InvalidInput(
            [InputProblem("/If-Match", 'must be one ETag as it was sent, such as "7"', "header")], what="header"
        )
    return int(found["version"])


Change = Annotated[ChangeRequest, Depends(_change_request)]
