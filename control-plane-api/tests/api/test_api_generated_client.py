"""A client that is generated from the document books, follows and cancels; nothing in it is written by hand."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from control_plane_api.openapi import openapi_text
from control_plane_api.testing.bookable import DEFINITION, TEMPLATE
from control_plane_api.testing.running_control_plane import RunningControlPlane

pytestmark = pytest.mark.asyncio(loop_scope="module")

PACKAGE = "lcm_generated_client"


def generate(into: Path) -> None:
    """The client of the public interface, as anybody would make it."""
    document = json.loads(openapi_text())
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith("/api/v1/")}
    (into / "openapi.json").write_text(json.dumps(document))
    generator = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--meta", "none"]
    made = subprocess.run(
        [*generator, "--path", str(into / "openapi.json"), "--output-path", str(into / PACKAGE)],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert made.returncode == 0, made.stdout + made.stderr


def journey(url: str, token: str, definition_id: str) -> dict[str, Any]:
    """Books, looks at the booking and its session, finds it in the list, cancels, and is refused once."""
    client = importlib.import_module(f"{PACKAGE}.client").AuthenticatedClient(base_url=url, token=token)
    models = importlib.import_module(f"{PACKAGE}.models")

    def call(tag: str, operation: str, *arguments: Any, **named: Any) -> Any:
        return importlib.import_module(f"{PACKAGE}.api.{tag}.{operation}").sync(*arguments, client=client, **named)

    request = models.CreateReservation(
        definition_id=definition_id, candidate=models.Candidate(username="ada"), duration_minutes=45, external_id="c-1"
    )
    booked = call("reservations", "create_reservation", body=request, idempotency_key="client-1")
    repeated = call("reservations", "create_reservation", body=request, idempotency_key="client-1")
    session = call("lablet_sessions", "get_session", booked.session.id)
    listed = call("reservations", "list_reservations", external_id="c-1", total=True)
    cancelled = call(
        "reservations",
        "cancel_reservation",
        booked.reservation.id,
        body=models.CancelReservation(reason="ill"),
        if_match=f'"{booked.reservation.version}"',
    )
    refused = call("reservations", "get_reservation", "no-such-booking")
    return {
        "same": repeated.reservation.id == booked.reservation.id,
        "session": session.status.value,
        "listed": ([row.id for row in listed.items] == [booked.reservation.id], listed.total),
        "cancelled": cancelled.reservation.status.value,
        "refused": (type(refused).__name__, refused.code),
    }


async def test_a_generated_client_books_follows_and_cancels(
    shared_control_plane: RunningControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared_control_plane.client("admin") as admin:
        assert (await admin.post("/api/v1/worker-templates", json=TEMPLATE)).status_code == 201
        definition = await admin.post("/api/v1/lablet-definitions", json=DEFINITION)
    await asyncio.to_thread(generate, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    token = shared_control_plane.token("lms", subject="course-7")
    assert await asyncio.to_thread(journey, shared_control_plane.url, token, definition.json()["id"]) == {
        "same": True,
        "session": "PENDING",
        "listed": (True, 1),
        "cancelled": "CANCELLED",
        "refused": ("Problem", "not-found"),
    }
