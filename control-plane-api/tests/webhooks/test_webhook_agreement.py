"""Nothing is sent to a receiver that has not agreed: at first, when it is resumed, and at another address."""

from __future__ import annotations

import httpx2
import pytest

from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.webhook_receiver import WebhookReceiver, eventually, webhook_receiver
from control_plane_api.testing.webhook_stories import SUBSCRIPTIONS, Story, an_owner, in_state, lms, subscribe

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def owed(service: RunningControlPlane, id: str, count: int) -> None:
    """Until so many events wait for the subscription."""

    async def waiting() -> bool:
        return await service.db["outbound_queue"].count_documents({"subscription_id": id}) == count

    await eventually(waiting)


async def agrees(service: RunningControlPlane, receiver: WebhookReceiver) -> int:
    """Follow the callback of the last question; the status of the answer."""
    callback = httpx2.URL(receiver.questions[-1]["webhook-request-callback"]).path
    async with httpx2.AsyncClient(base_url=service.url) as anybody:
        return (await anybody.post(callback)).status_code


async def test_a_subscription_that_is_resumed_sends_what_was_kept_only_after_its_receiver_agreed_again(
    service: RunningControlPlane,
) -> None:
    owner = an_owner()
    async with webhook_receiver() as receiver, lms(service, owner) as client:
        id = (await subscribe(client, receiver.url))["subscription"]["id"]
        await client.post(f"{SUBSCRIPTIONS}/{id}/pause", json={"reason": "moving house"})
        receiver.allowed_origin = None
        await Story(service, owner).goes_on(2)
        await owed(service, id, 2)

        resumed = await client.post(f"{SUBSCRIPTIONS}/{id}/resume", json={"reason": "moved"})
        await receiver.until(lambda each: len(each.questions) == 2)
        unasked = [each.id for each in receiver.came]
        outdated = httpx2.URL(receiver.questions[0]["webhook-request-callback"]).path
        async with httpx2.AsyncClient(base_url=service.url) as anybody:
            late = (await anybody.post(outdated)).status_code
        pending = (await client.get(f"{SUBSCRIPTIONS}/{id}")).json()["status"]
        agreed = await agrees(service, receiver)
        await receiver.until_accepted(2)
    assert resumed.json()["status"] == "PENDING"
    assert (unasked, late, pending) == ([], 404, "PENDING")
    assert agreed == 204
    assert [each.event["type"] for each in receiver.accepted] == ["lablet_session.created.v1", "lablet_session.held.v1"]


async def test_another_address_of_a_paused_subscription_is_asked_when_it_is_resumed_and_gets_nothing_before(
    service: RunningControlPlane,
) -> None:
    owner = an_owner()
    async with webhook_receiver() as before, webhook_receiver() as after, lms(service, owner) as client:
        id = (await subscribe(client, before.url))["subscription"]["id"]
        await client.post(f"{SUBSCRIPTIONS}/{id}/pause", json={})
        moved = await client.put(f"{SUBSCRIPTIONS}/{id}", json={"url": after.url})
        await Story(service, owner).goes_on(1)
        await owed(service, id, 1)
        while_paused = [*after.questions, *after.came]

        await client.post(f"{SUBSCRIPTIONS}/{id}/resume", json={})
        await after.until_accepted(1)
        active = await in_state(client, id, "ACTIVE")
    assert (moved.json()["status"], moved.json()["validated_at"]) == ("PAUSED", None)
    assert while_paused == []
    assert len(after.questions) == 1
    assert before.came == []
    assert active["url"] == after.url


async def test_another_address_of_an_active_subscription_gets_nothing_before_it_agreed(
    service: RunningControlPlane,
) -> None:
    owner = an_owner()
    async with (
        webhook_receiver() as before,
        webhook_receiver(allowed_origin="somebody.else") as after,
        lms(service, owner) as client,
    ):
        id = (await subscribe(client, before.url))["subscription"]["id"]
        await client.put(f"{SUBSCRIPTIONS}/{id}", json={"url": after.url})
        await Story(service, owner).goes_on(1)
        await after.until(lambda each: bool(each.questions))
        await owed(service, id, 1)
        before_it_agreed = list(after.came)
        await agrees(service, after)
        await after.until_accepted(1)
    assert before_it_agreed == []
    assert before.came == []
