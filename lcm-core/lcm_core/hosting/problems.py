"""RFC 9457 problem details: the one place where errors become HTTP answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue
from starlette.exceptions import HTTPException

from lcm_core.auth.errors import Forbidden, TooMuch, Unauthenticated
from lcm_core.coordination.leadership import NotLeader
from lcm_core.domain.errors import (
    Conflict,
    DomainError,
    FarEndError,
    InvalidInput,
    LcmError,
    NotFound,
    NotYours,
    StaleLeader,
)
from lcm_core.observability.correlation import correlation_id
from lcm_core.observability.tracing import current_trace_id

log = structlog.stdlib.get_logger(__name__)

PROBLEM_MEDIA_TYPE = "application/problem+json"


class InputError(BaseModel):
    """One thing wrong with a request."""

    pointer: str = Field(description="JSON pointer as a URI fragment, e.g. `#/timeslot/start`; `#` for the whole.")
    message: str
    location: str = Field(default="body", description="body, query, path, header or cookie.")


class Problem(BaseModel):
    """What went wrong, for people and programs. ``type`` and ``code`` are stable, texts are not."""

    type: str = Field(description="`urn:lcm:problem:<code>`")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request.")
    code: str
    category: str | None = Field(default=None, description="Kind of error: invalid-input, rule or conflict.")
    facts: dict[str, JsonValue] = Field(default_factory=dict, description="The same as the detail, for programs.")
    errors: list[InputError] = Field(default_factory=list[InputError], description="Each thing wrong with the input.")
    trace_id: str | None = None
    correlation_id: str | None = None


_STATUS_OF: tuple[tuple[type[LcmError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (DomainError, 409),
    (Conflict, 409),
    (StaleLeader, 409),
    (NotLeader, 409),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (TooMuch, 429),
)

CODE_OF_STATUS = {
    400: "malformed-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "no-such-route",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
    422: "invalid-input",
    429: "rate-limited",
    503: "unavailable",
}


def status_of(error: LcmError) -> int:
    """HTTP status for *error*; 500 for one that says nothing about the request."""
    if isinstance(error, FarEndError):
        return 503 if error.retryable else 502
    return status_of_kind(type(error))


def status_of_kind(kind: type[LcmError]) -> int:
    """HTTP status for errors of *kind*; of another system's failure that of one which may pass."""
    for known, status in _STATUS_OF:
        if issubclass(kind, known):
            return status
    return 503 if issubclass(kind, FarEndError) else 500


def category_of(error: LcmError) -> str | None:
    """Name of the error's kind in a problem document, from which ``lcm_core.integration`` rebuilds it."""
    match error:
        case InvalidInput():
            return "invalid-input"
        case DomainError():
            return "rule"
        case Conflict():
            return "conflict"
        case _:
            return None


def problem_response(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    facts: Mapping[str, JsonValue] | None = None,
    errors: Sequence[InputError] = (),
    headers: Mapping[str, str] | None = None,
    category: str | None = None,
) -> JSONResponse:
    problem = Problem(
        type=f"urn:lcm:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        code=code,
        category=category,
        facts=dict(facts or {}),
        errors=list(errors),
        trace_id=current_trace_id(),
        correlation_id=correlation_id(),
    )
    request.state.problem = problem
    content = problem.model_dump(mode="json", exclude_defaults=True)
    return JSONResponse(content, status_code=status, headers=dict(headers or {}), media_type=PROBLEM_MEDIA_TYPE)


def _pointer(path: Sequence[str | int]) -> str:
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _answer_lcm_error(request: Request, error: LcmError) -> JSONResponse:
    status = status_of(error)
    errors: list[InputError] = []
    facts = dict(error.facts)
    if isinstance(error, InvalidInput):
        errors = [
            InputError(pointer=f"#{each.path}", message=each.message, location=each.location) for each in error.errors
        ]
        facts.pop("errors", None)
    if isinstance(error, NotYours):
        request.state.hidden_owner = error.owner_id
    if status >= 500:
        log.error("request_failed", code=error.code, status=status, exc_info=error)
    return problem_response(
        request,
        status=status,
        code=error.code,
        detail=error.message,
        facts=facts,
        errors=errors,
        headers=_headers_for(error, status),
        category=category_of(error),
    )


def _headers_for(error: LcmError, status: int) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": error.challenge}
    if isinstance(error, TooMuch):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {"Retry-After": "1"} if status == 503 else {}


def _answer_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = cast("Sequence[dict[str, Any]]", error.errors())
    malformed = any(each["type"] == "json_invalid" for each in found)
    errors: list[InputError] = []
    for each in found:
        location, *path = each["loc"]
        message = each.get("ctx", {}).get("error", each["msg"]) if each["type"] == "json_invalid" else each["msg"]
        pointer = "#" if malformed else _pointer(path)
        errors.append(InputError(pointer=pointer, message=str(message), location=str(location)))
    status = 400 if malformed else 422
    told = "; ".join(f"{each.location} {each.pointer}: {each.message}" for each in errors[:5])
    more = f"; and {len(errors) - 5} more" if len(errors) > 5 else ""
    return problem_response(
        request,
        status=status,
        code=CODE_OF_STATUS[status],
        detail=f"The request is not valid: {told}{more}",
        errors=errors,
        category="invalid-input",
    )


def _answer_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    code = CODE_OF_STATUS.get(error.status_code, f"http-{error.status_code}")
    detail = error.detail
    if error.status_code == 404 and detail == HTTPStatus(404).phrase:
        detail = f"There is nothing at {request.url.path}."
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"{request.method} is not possible at {request.url.path}; allowed: {allowed or 'unknown'}."
    return problem_response(request, status=error.status_code, code=code, detail=str(detail), headers=error.headers)


def answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Logged here, once, with its cause; the caller learns the trace id and nothing else."""
    log.error("unexpected_error", method=request.method, path=request.url.path, exc_info=error)
    trace = current_trace_id() or correlation_id()
    return problem_response(
        request,
        status=500,
        code="unexpected-error",
        detail=f"Something went wrong on our side; nothing is known to have changed. Quote {trace} when reporting it.",
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Every error leaves *app* as a problem document; see ``UnexpectedErrorMiddleware`` for those not foreseen."""
    handlers: tuple[tuple[type[Exception], Callable[[Request, Any], JSONResponse]], ...] = (
        (LcmError, _answer_lcm_error),
        (RequestValidationError, _answer_validation_error),
        (HTTPException, _answer_http_exception),
    )
    for kind, answer in handlers:
        app.add_exception_handler(kind, _as_async(answer))


def _as_async(answer: Callable[[Request, Any], JSONResponse]) -> Callable[[Request, Any], Any]:
    """Starlette runs a plain function in a thread, where the trace of the request is not known."""

    async def handler(request: Request, error: Exception) -> JSONResponse:
        return answer(request, error)

    return handler
