"""Makes the OpenAPI document tell the truth about errors, so that a generated client can read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import APIRoute

from lcm_core.hosting.problems import CODE_OF_STATUS, PROBLEM_MEDIA_TYPE, Problem

_FASTAPI_ERROR_SCHEMAS = ("HTTPValidationError", "ValidationError")
_MEANINGS = {
    400: "The request cannot be read.",
    401: "No credentials, or such that do not hold.",
    403: "The caller is known, and may not do this.",
    404: "There is no such thing, or none that the caller may know of.",
    409: "A rule, or somebody who was faster, stands against it; `code` says which.",
    412: "If-Match names a version that is not the current one; read it again and decide anew.",
    413: "The body is larger than is accepted here.",
    415: "The body has a media type that is not accepted here.",
    422: "Part of the request is not valid; `errors` lists each. Or the Idempotency-Key stands for another request.",
    428: "The change must name the version it is meant for, with If-Match.",
    429: "Too many requests; `Retry-After` says when to go on.",
    500: "Something went wrong on our side; `trace_id` finds it.",
    502: "Another system answered with what cannot be used.",
    503: "Something that is needed does not answer; `Retry-After` says when to try again.",
}
_RETRY_AFTER = {"schema": {"type": "string"}, "description": "Seconds to wait."}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to be known (RFC 6750)."}},
    429: {"Retry-After": _RETRY_AFTER},
    503: {"Retry-After": _RETRY_AFTER},
}
_ALWAYS = (400, 422, 500, 503)
_CHANGES = ("post", "put", "patch", "delete")


def operation_id(route: APIRoute) -> str:
    """The name of the route's function: what a generated client calls its method. An internal one says of what."""
    internal = re.match(r"/api/internal/([a-z-]+)", route.path)
    return f"internal_{internal[1].replace('-', '_')}_{route.name}" if internal else route.name


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in cast("dict[str, dict[str, Any]]", document.get("paths", {})).items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield path, method, cast("dict[str, Any]", operation)


def _possible(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    """The errors that a request of this form can be answered with."""
    parameters = {each["name"].lower() for each in operation.get("parameters", [])}
    yield from _ALWAYS
    if operation.get("security"):
        yield from (401, 403, 429)
    if "{" in path or method in _CHANGES:
        yield from (404, 409)
    if method in _CHANGES:
        yield 502
    if "if-match" in parameters:
        yield 412
    if "requestBody" in operation:
        yield from (413, 415)


def _tell_problems(document: dict[str, Any]) -> None:
    """Each operation names every error that it can answer, as a Problem; FastAPI's own error form is never sent."""
    components: dict[str, Any] = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    definition = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas.update(definition.pop("$defs", {}))
    schemas["Problem"] = definition
    for name in _FASTAPI_ERROR_SCHEMAS:
        schemas.pop(name, None)
    components["responses"] = {f"Problem{status}": _problem(status) for status in _MEANINGS}
    for path, method, operation in _operations(document):
        responses: dict[str, Any] = operation["responses"]
        if "HTTPValidationError" in str(responses.get("422")):
            responses.pop("422")
        for status in sorted(_possible(path, method, operation)):
            responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})


def _problem(status: int) -> dict[str, Any]:
    code = CODE_OF_STATUS.get(status, "unexpected-error" if status == 500 else "version-conflict")
    example = {
        "type": f"urn:lcm:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _MEANINGS[status],
        "instance": "/api/v1/…",
        "code": code,
    }
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    told: dict[str, Any] = {"description": _MEANINGS[status], "content": content}
    return told | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def problem_reference(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route that answers more errors than others of its form: what to add to its ``responses``."""
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def install_problem_schema(app: FastAPI) -> None:
    make_document = app.openapi

    def openapi() -> dict[str, Any]:
        document = make_document()
        _tell_problems(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign] - FastAPI's documented way to change the document
