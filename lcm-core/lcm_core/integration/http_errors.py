"""Turns the answers of a far end into the errors of LCM's tree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, cast

import httpx2
from pydantic import JsonValue

from lcm_core.domain.errors import (
    CapacityRefused,
    Conflict,
    FarEndError,
    IllegalTransition,
    InputProblem,
    InvalidInput,
    LcmError,
    NotFound,
    RuleViolation,
    StaleLeader,
    VersionConflict,
)
from lcm_core.integration.retry_after import seconds_asked
from lcm_core.observability.redaction import redact_text

_RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_DETAIL = 500
_DETAIL_KEYS = ("detail", "description", "message", "error_description", "error")

Facts = dict[str, JsonValue]


def retry_after_seconds(response: httpx2.Response) -> float | None:
    """Seconds the far end asks to wait; None when it does not."""
    return seconds_asked(response.headers.get("Retry-After", ""), datetime.now(UTC))


def error_for(system: str, response: httpx2.Response) -> LcmError:
    """The error that *response*, an unsuccessful answer of *system*, stands for.

    A problem document of one of our services gives back the error that was raised there, with its code and facts.
    Any other body gives the nearest kind for its status, with whatever text it holds.
    """
    body = _json_object(response)
    code = body.get("code")
    facts = body.get("facts")
    detail = _detail(body, response)
    if isinstance(code, str) and isinstance(body.get("type"), str):
        known: Facts = cast("Facts", facts) if isinstance(facts, dict) else {}
        rebuilt = _from_problem(code, str(body.get("category", "")), detail, known, body)
        if rebuilt is not None:
            return rebuilt
    return _from_status(system, response, detail, code if isinstance(code, str) else None, body)


def _json_object(response: httpx2.Response) -> Mapping[str, Any]:
    if "json" not in response.headers.get("Content-Type", ""):
        return {}
    try:
        body: object = response.json()
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) else {}


def _detail(body: Mapping[str, Any], response: httpx2.Response) -> str:
    for key in _DETAIL_KEYS:
        if isinstance(body.get(key), str) and body[key]:
            return redact_text(body[key][:_LONGEST_DETAIL])
    text = response.text.strip()[:_LONGEST_DETAIL]
    phrase = f"{response.status_code} {response.reason_phrase}".strip()
    return f"{phrase}: {redact_text(text)}" if text else phrase


def _text(facts: Facts, key: str) -> str:
    return str(facts.get(key, ""))


def _number(facts: Facts, key: str) -> int:
    value = facts.get(key)
    return value if isinstance(value, int) else 0


def _from_problem(code: str, category: str, detail: str, facts: Facts, body: Mapping[str, Any]) -> LcmError | None:
    match code:
        case "not-found":
            return NotFound(_text(facts, "kind"), _text(facts, "id"))
        case "capacity-refused":
            return CapacityRefused(detail, facts=facts)
        case "version-conflict":
            return VersionConflict(_text(facts, "stream"), _number(facts, "expected_version"))
        case "stale-leader":
            return StaleLeader(_text(facts, "service"), _number(facts, "epoch"), _number(facts, "current_epoch"))
        case "illegal-transition":
            return IllegalTransition(
                _text(facts, "kind"),
                _text(facts, "id"),
                _text(facts, "from"),
                _text(facts, "to"),
                _text(facts, "why"),
            )
        case _:
            return _from_category(code, category, detail, facts, body)


def _from_category(code: str, category: str, detail: str, facts: Facts, body: Mapping[str, Any]) -> LcmError | None:
    match category:
        case "invalid-input":
            return InvalidInput(_input_problems(body, detail), code=code)
        case "rule":
            return RuleViolation(detail, code=code, facts=facts)
        case "conflict":
            return Conflict(detail, code=code, facts=facts)
        case _:
            return None


def _input_problems(body: Mapping[str, Any], detail: str) -> list[InputProblem]:
    errors = cast("list[Mapping[str, Any]]", body.get("errors") or [])
    found = [InputProblem(str(each.get("pointer", "")).lstrip("#"), str(each.get("message", ""))) for each in errors]
    return found or [InputProblem("", detail)]


def _from_status(
    system: str, response: httpx2.Response, detail: str, code: str | None, body: Mapping[str, Any]
) -> LcmError:
    status = response.status_code
    path = response.request.url.path
    facts: Facts = {"status": status, "path": path}
    if code:
        facts["far_end_code"] = code
    where = f"{system} answered {status} to {response.request.method} {path}: {detail}"
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(f"{system} resource", path)
    if status in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
        return Conflict(where, code="far-end-conflict", facts=facts)
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        return InvalidInput(_input_problems(body, detail), what=f"request to {system}", code="far-end-invalid-input")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return FarEndError(system, where, retryable=False, code="far-end-refused-credentials", facts=facts)
    return FarEndError(system, where, retryable=status in _RETRYABLE_STATUSES, facts=facts)
