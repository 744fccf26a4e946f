"""The API does what its document says, whatever it is sent: made-up requests to every operation, on the real service.

`make test-api` makes up many more (LCM_API_EXAMPLES), to the internal routes too.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from control_plane_api.openapi import openapi_text
from control_plane_api.testing.bookable import DEFINITION, TEMPLATE
from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = int(os.environ.get("LCM_API_EXAMPLES", "2"))
DEEP = "LCM_API_EXAMPLES" in os.environ
ENDLESS = "/api/v1/events/stream"
"""Answers until its reader goes; its own tests read it."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PROFILE = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def document(prefix: str) -> dict[str, Any]:
    """The OpenAPI document, cut to the paths under *prefix*."""
    whole = json.loads(openapi_text())
    whole["paths"] = {
        path: item for path, item in whole["paths"].items() if path.startswith(prefix) and path != ENDLESS
    }
    return whole


async def known_ids(control_plane: RunningControlPlane) -> dict[str, str]:
    """Things that there are, by the name of the path parameter that stands for them."""
    session, worker = a_session(), made_ready(a_worker())
    for each in (session, worker):
        await Recorder(control_plane.db).commit(each)
    async with control_plane.client("admin", "lms") as http:

        async def made(path: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = await http.post(f"/api/v1/{path}", json=body)
            assert answer.status_code == 201, answer.text
            return answer.json()

        name = f"lab-{uuid4().hex[:8]}"
        template = await made("worker-templates", {**TEMPLATE, "name": name})
        definition = await made("lablet-definitions", {**DEFINITION, "name": name})
        booking = {"definition_id": definition["id"], "candidate": {"username": "ada"}, "duration_minutes": 45}
        booked = await made("reservations", booking)
        pool = await made("warm-pools", {"definition_name": name, "policy": {}, "reason": "exams"})
    return {
        "session_id": session.id,
        "worker_id": worker.id,
        "template_id": template["id"],
        "definition_id": definition["id"],
        "reservation_id": booked["reservation"]["id"],
        "pool_id": pool["pool"]["id"],
    }


def breaches(url: str, token: str, prefix: str, known: dict[str, str]) -> Iterator[str]:
    """What some request to some operation was answered with although the document does not say so."""
    schema = schemathesis.openapi.from_dict(document(prefix))
    headers = {"Authorization": f"Bearer {token}"}
    with requests.Session() as session:
        for found in schema.get_all_operations():
            operation = found.ok()

            @PROFILE
            @given(case=operation.as_strategy(), known_things=st.booleans())
            def conforms(case: Any, known_things: bool) -> None:
                if known_things:
                    case.path_parameters = {
                        name: known.get(name, value) for name, value in (case.path_parameters or {}).items()
                    }
                case.call_and_validate(
                    base_url=url, session=session, headers=headers, checks=CHECKS, allow_redirects=False, timeout=30
                )

            try:
                conforms()
            except (Exception, FailureGroup) as breach:  # noqa: BLE001 - whatever came of it is told, with the operation it came from
                yield f"{operation.method.upper()} {operation.path}: {breach}"


@pytest.mark.timeout(60 + 20 * EXAMPLES)
@pytest.mark.parametrize("prefix", ["/api/v1/", *(["/api/internal/"] if DEEP else [])])
async def test_every_answer_is_one_that_the_document_foresees(
    shared_control_plane: RunningControlPlane, prefix: str
) -> None:
    known = await known_ids(shared_control_plane)
    token = shared_control_plane.token("admin", "operator", "lms", "service", client_id="lablet-controller")
    found = await asyncio.to_thread(lambda: list(breaches(shared_control_plane.url, token, prefix, known)))
    assert not found, "\n\n".join(found)
