from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from fastapi import Response

from control_plane_api.api.deprecation import Deprecated
from control_plane_api.openapi import openapi_text
from control_plane_api.testing.openapi_document import OPENAPI_FILE, openapi_document

DOCUMENT = openapi_document()
METHODS = ("get", "post", "put", "delete", "patch")
SINCE, SUNSET = date(2026, 12, 1), date(2027, 12, 1)


def operations(prefix: str = "/") -> Iterator[tuple[str, dict[str, Any]]]:
    """``METHOD path`` and the operation."""
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            if method in METHODS and path.startswith(prefix):
                yield f"{method.upper()} {path}", operation


def test_the_document_that_is_checked_in_is_that_of_the_code() -> None:
    assert OPENAPI_FILE.read_text() == openapi_text(), (
        "run: python -m control_plane_api.openapi > control-plane-api/openapi.json"
    )


def test_every_operation_has_a_summary_and_an_id_of_its_own_that_can_be_read() -> None:
    assert [name for name, operation in operations() if not operation.get("summary")] == []
    ids = [operation["operationId"] for _, operation in operations()]
    assert sorted(ids) == sorted(set(ids))
    assert [id for id in ids if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", id)] == []


def test_every_operation_names_each_error_that_it_can_answer() -> None:
    for name, operation in operations("/api/v1/"):
        answers = operation["responses"].keys()
        assert "default" not in answers, name
        known = {"401", "403", "429"} if operation.get("security") else set[str]()
        assert {"400", "422", "500", "503"} | known <= answers, name
        if "{" in name or not name.startswith("GET"):
            assert {"404", "409"} <= answers, name
        if "requestBody" in operation:
            assert {"413", "415"} <= answers, name
        if not name.startswith("GET") and "/validation/" not in name:
            assert "412" in answers, name


def test_every_error_is_a_problem_with_an_example() -> None:
    for status, answer in DOCUMENT["components"]["responses"].items():
        content = answer["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert content["example"]["type"] == f"urn:lcm:problem:{content['example']['code']}", status


def test_every_operation_of_the_public_interface_is_under_a_tag() -> None:
    assert [name for name, operation in operations("/api/v1/") if len(operation.get("tags", [])) != 1] == []


def test_a_deprecated_operation_tells_of_the_headers_that_it_sends() -> None:
    deprecated = [(name, operation) for name, operation in operations() if operation.get("deprecated")]
    assert deprecated
    for name, operation in deprecated:
        headers = next(answer.get("headers", {}) for status, answer in operation["responses"].items() if status < "300")
        assert {"Deprecation", "Sunset", "Link"} <= headers.keys(), name


async def test_a_deprecated_route_says_since_when_until_when_and_what_comes_instead() -> None:
    response = Response()
    await Deprecated(SINCE, SUNSET, "/api/v1/new")(response)
    assert datetime.fromtimestamp(int(response.headers["Deprecation"].removeprefix("@")), UTC).date() == SINCE
    assert parsedate_to_datetime(response.headers["Sunset"]).date() == SUNSET
    assert response.headers["Link"] == '</api/v1/new>; rel="successor-version"'


def test_nothing_is_taken_away_without_notice() -> None:
    with pytest.raises(ValueError, match="180 days"):
        Deprecated(SINCE, date(2026, 12, 31), "/api/v1/new")
