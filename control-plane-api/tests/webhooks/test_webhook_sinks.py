"""A sink that a booking names, over real sockets: from the booking to the last event of its session."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from starlette.responses import Response

from control_plane_api.testing.bookable import DEFINITION, TEMPLATE
from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.webhook_receiver import Taken, WebhookReceiver, webhook_receiver
from control_plane_api.testing.webhook_stories import SUBSCRIPTIONS, an_owner, in_state, lms

pytestmark = pytest.mark.asyncio(loop_scope="package")

RESERVATIONS = "/api/v1/reservations"


@pytest_asyncio.fixture(loop_scope="package")
async def booking(service: RunningControlPlane) -> dict[str, Any]:
    """A request to book a lab for now, for which there is room."""
    name = f"lab-{uuid4().hex[:8]}"
    async with service.client("admin", "operator") as http:
        (await http.post("/api/v1/worker-templates", json={**TEMPLATE, "name": name})).raise_for_status()
        made = (await http.post("/api/v1/lablet-definitions", json={**DEFINITION, "name": name})).raise_for_status()
    return {"definition_id": made.json()["id"], "candidate": {"username": "ada"}, "duration_minutes": 45}


async def book(client: httpx2.AsyncClient, booking: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = await client.post(RESERVATIONS, json={**booking, **more})
    assert made.status_code == 201, made.text
    return made.json()["reservation"]


def types(receiver: WebhookReceiver) -> set[str]:
    return {taken.event["type"] for taken in receiver.accepted}


async def test_the_events_of_a_booking_arrive_at_its_sink_signed_and_in_order_although_it_failed_at_first(
    service: RunningControlPlane, booking: dict[str, Any]
) -> None:
    owner, well = an_owner(), asyncio.Event()

    def down_at_first(_receiver: WebhookReceiver, _taken: Taken) -> Response:
        return Response(status_code=204 if well.is_set() else 503)

    async with webhook_receiver(down_at_first) as receiver, lms(service, owner) as client:
        reservation = await book(client, booking, sink=receiver.url)
        elsewhere = await book(client, booking)
        sink_id, session_id = reservation["sink_id"], reservation["session_ids"][0]
        shown = (await client.post(f"{SUBSCRIPTIONS}/{sink_id}/rotate-key", json={"overlap_hours": 0})).json()
        first_of_each = {f"reservation-{reservation['id']}", f"lablet_session-{session_id}"}
        await receiver.until(lambda each: {taken.event["subject"] for taken in each.came} == first_of_each)
        await receiver.until(lambda each: len(each.came) > 4)
        refused = list(receiver.came)
        well.set()
        for path in (f"{RESERVATIONS}/{elsewhere['id']}", f"{RESERVATIONS}/{reservation['id']}"):
            (await client.post(f"{path}/cancel", json={"reason": "ill"})).raise_for_status()
        await receiver.until(lambda each: {"reservation.cancelled.v1", "lablet_session.terminated.v1"} <= types(each))
        row = (await client.get(f"{SUBSCRIPTIONS}/{sink_id}")).json()

    assert (row["status"], row["purpose"], row["owner_id"]) == ("ACTIVE", "sink", owner)
    assert {taken.event["sequence"] for taken in refused} == {"0000000001.0000"}
    assert {taken.event["subject"] for taken in receiver.came} == first_of_each
    for subject in first_of_each:
        order = [taken.event["sequence"] for taken in receiver.accepted if taken.event["subject"] == subject]
        assert order[0] == "0000000001.0000"
        assert order == sorted(set(order))
    assert [taken.verify(shown["secret"]) for taken in receiver.accepted] == [each.event for each in receiver.accepted]


async def test_a_class_and_a_single_booking_share_the_sink_of_their_owner_and_nobody_else_has_a_part_in_it(
    service: RunningControlPlane, booking: dict[str, Any]
) -> None:
    owner, other = an_owner(), an_owner()
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    async with webhook_receiver() as receiver, lms(service, owner) as client, lms(service, other) as stranger:
        one = await book(client, booking, sink=receiver.url)
        seats = [{"candidate": {"username": name}} for name in ("ben", "cleo")]
        terms = {key: value for key, value in booking.items() if key != "candidate"}
        of_a_class = {**terms, "seats": seats, "start": in_an_hour, "sink": receiver.url}
        batch = await client.post(f"{RESERVATIONS}/batch", json=of_a_class)
        foreign = await book(stranger, booking, sink=receiver.url)
        seen = await stranger.get(f"{SUBSCRIPTIONS}/{one['sink_id']}")
        booked = [one, *(seat["reservation"] for seat in batch.json()["accepted"])]
        expected = {f"reservation-{each['id']}" for each in (*booked, foreign)}
        await receiver.until(lambda each: expected <= {taken.event["subject"] for taken in each.accepted})
    assert {each["sink_id"] for each in booked} == {one["sink_id"]}
    assert foreign["sink_id"] != one["sink_id"]
    assert seen.status_code == 404
    assert len(receiver.questions) == 2


async def test_what_happens_before_the_sink_agrees_is_kept_for_it(
    service: RunningControlPlane, booking: dict[str, Any]
) -> None:
    async with webhook_receiver(allowed_origin=None) as receiver, lms(service, an_owner()) as client:
        reservation = await book(client, booking, sink=receiver.url)
        await receiver.until(lambda each: bool(each.questions))
        unasked = list(receiver.came)
        callback = httpx2.URL(receiver.questions[0]["webhook-request-callback"]).path
        async with httpx2.AsyncClient(base_url=service.url) as anybody:
            await anybody.get(callback)
        await in_state(client, reservation["sink_id"], "ACTIVE")
        await receiver.until(
            lambda each: (
                ("reservation.accepted.v1", f"reservation-{reservation['id']}")
                in {(taken.event["type"], taken.event["subject"]) for taken in each.accepted}
            )
        )
    assert unasked == []


@pytest.mark.parametrize(
    ("sink", "why"),
    [
        ("http://10.0.0.1/hook", "does not lead to public addresses alone"),
        ("http://169.254.169.254/latest/meta-data", "does not lead to public addresses alone"),
        ("http://user:pass@127.0.0.1/hook", "no user name"),
        ("http://no-such-host.invalid/hook", "is not found"),
    ],
)
async def test_a_sink_that_nothing_is_sent_to_is_refused_with_its_place_and_nothing_is_booked(
    service: RunningControlPlane, booking: dict[str, Any], sink: str, why: str
) -> None:
    terms = {key: value for key, value in booking.items() if key != "candidate"}
    seats = [{"candidate": booking["candidate"]}]
    async with lms(service, an_owner()) as client:
        refused = [
            await client.post(RESERVATIONS, json={**booking, "sink": sink}),
            await client.post(f"{RESERVATIONS}/batch", json={**terms, "seats": seats, "sink": sink}),
        ]
        left = [(await client.get(path)).json()["items"] for path in (RESERVATIONS, SUBSCRIPTIONS)]
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (422, "webhook-address-refused")
        (problem,) = answer.json()["errors"]
        assert problem["pointer"] == "#/sink"
        assert why in problem["message"]
    assert left == [[], []]
