"""Makes the OpenAPI document tell the truth about errors, so that a generated client can read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from fastapi import FastAPI

from lcm_core.hosting.problems import PROBLEM_MEDIA_TYPE, Problem

_PROBLEM_RESPONSE = {
    "description": "What went wrong (RFC 9457)",
    "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_FASTAPI_ERROR_SCHEMAS = ("HTTPValidationError", "ValidationError")


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in cast("dict[str, dict[str, Any]]", document.get("paths", {})).values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                yield cast("dict[str, Any]", operation)


def _tell_problems(document: dict[str, Any]) -> None:
    """Every operation answers errors with a Problem; FastAPI's own error form, which we never send, disappears."""
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    definition = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas.update(definition.pop("$defs", {}))
    schemas["Problem"] = definition
    for name in _FASTAPI_ERROR_SCHEMAS:
        schemas.pop(name, None)
    for operation in _operations(document):
        responses: dict[str, Any] = operation["responses"]
        responses.pop("422", None)
        responses["default"] = _PROBLEM_RESPONSE


def install_problem_schema(app: FastAPI) -> None:
    make_document = app.openapi

    def openapi() -> dict[str, Any]:
        document = make_document()
        _tell_problems(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign] - FastAPI's documented way to change the document
