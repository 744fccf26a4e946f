from __future__ import annotations

import json
from pathlib import Path

from control_plane_api.openapi import openapi_text

CHECKED_IN = Path(__file__).parents[2] / "openapi.json"


def test_the_document_that_is_checked_in_is_that_of_the_code() -> None:
    assert CHECKED_IN.read_text() == openapi_text(), (
        "run: python -m control_plane_api.openapi > control-plane-api/openapi.json"
    )


def test_every_operation_has_a_summary_and_an_id_of_its_own() -> None:
    operations = [
        operation
        for path in json.loads(openapi_text())["paths"].values()
        for method, operation in path.items()
        if method in ("get", "post", "put", "delete", "patch")
    ]
    assert all(operation.get("summary") for operation in operations)
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
