"""Outbound events over real sockets, from the commit to the receiver."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from standardwebhooks import WebhookVerificationError
from starlette.responses import RedirectResponse, Response

from control_plane_api.testing.builders import a_session
from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.webhook_receiver import SINK_SECRET, Taken, WebhookReceiver, eventually, webhook_receiver
from control_plane_api.testing.webhook_stories import SUBSCRIPTIONS, Story, an_owner, in_state, lms, subscribe

pytestmark = pytest.mark.asyncio(loop_scope="package")

DEAD_LETTERS = "/api/v1/outbound-dead-letters"


async def test_events_arrive_signed_in_order_and_verify_with_the_secret_that_was_shown_once(
    service: RunningControlPlane,
) -> None:
    owner = an_owner()
    async with webhook_receiver() as receiver, lms(service, owner) as client:
        made = await subscribe(client, receiver.url)
        await Story(service, owner).goes_on(3)
        await receiver.until_accepted(3)
        read = (await client.get(f"{SUBSCRIPTIONS}/{made['subscription']['id']}")).text
    asked = receiver.questions[0]
    assert (asked["webhook-request-origin"], asked["webhook-request-rate"]) == ("lcm.test", "600")
    types = [each.event["type"] for each in receiver.accepted]
    assert types == ["lablet_session.created.v1", "lablet_session.held.v1", "lablet_session.held.v1"]
    first = receiver.accepted[0]
    assert first.headers["content-type"].startswith("application/cloudevents+json")
    assert first.headers["webhook-id"] == first.id
    assert first.verify(made["secret"])["data"]["owner_id"] == owner
    assert "replay" not in first.event
    assert made["secret"] not in read
    with pytest.raises(WebhookVerificationError):
        first.verify("whsec_" + "A" * 43 + "=")


async def test_an_lms_gets_events_of_its_own_bookings_only_and_sees_no_other_subscription(
    service: RunningControlPlane, configured_sink: WebhookReceiver
) -> None:
    owner, other = an_owner(), an_owner()
    async with webhook_receiver() as receiver, lms(service, owner) as client, lms(service, other) as stranger:
        made = await subscribe(client, receiver.url, filter={"types": ["lablet_session.*"]})
        foreign = Story(service, other)
        await foreign.goes_on(1)
        await Story(service, owner).goes_on(1)
        await receiver.until_accepted(1)
        await everybody_was_told(service, configured_sink, foreign, made)
        path = f"{SUBSCRIPTIONS}/{made['subscription']['id']}"
        refused = [
            (await stranger.get(path)).status_code,
            (await stranger.put(path, json={"url": receiver.url})).status_code,
            (await stranger.post(f"{path}/rotate-key", json={})).status_code,
            (await stranger.post(f"{path}/pause", json={})).status_code,
            (await stranger.get(f"{path}/deliveries")).status_code,
            (await stranger.delete(path)).status_code,
        ]
        listed = (await stranger.get(SUBSCRIPTIONS)).json()["items"]
        wide = await client.put(path, json={"url": receiver.url, "filter": {"owner_id": other}})
    assert [each.event["data"]["owner_id"] for each in receiver.came] == [owner]
    assert refused == [404] * 6
    assert listed == []
    assert (wide.status_code, wide.json()["errors"][0]["pointer"]) == (422, "#/filter/owner_id")


async def test_the_sink_of_the_settings_gets_everything_and_is_asked_nothing(
    service: RunningControlPlane, configured_sink: WebhookReceiver
) -> None:
    owner = an_owner()
    story = Story(service, owner)
    await story.goes_on(2)
    subject = story.session.stream

    def of_the_story(receiver: WebhookReceiver) -> list[Taken]:
        return [each for each in receiver.accepted if each.event["subject"] == subject]

    await configured_sink.until(lambda receiver: len(of_the_story(receiver)) == 2)
    first, second = of_the_story(configured_sink)
    assert (first.event["source"], first.event["specversion"]) == ("urn:lcm:control-plane-api", "1.0")
    assert first.event["sequence"] < second.event["sequence"]
    assert first.verify(SINK_SECRET) == first.event
    assert configured_sink.questions == []


async def everybody_was_told(
    service: RunningControlPlane, configured_sink: WebhookReceiver, story: Story, made: dict[str, Any]
) -> None:
    """Until *story* has gone out to all who are to have it, and nothing is owed to the subscription that was *made*."""
    place = (story.session.stream, f"{story.versions:010d}.0000")
    await configured_sink.until(lambda receiver: place in {each.place for each in receiver.accepted})

    async def nothing_owed() -> bool:
        owed = {"subscription_id": made["subscription"]["id"]}
        return await service.db["outbound_queue"].count_documents(owed) == 0

    await eventually(nothing_owed)


async def test_an_operator_gets_everything_that_the_filter_lets_through(
    service: RunningControlPlane, configured_sink: WebhookReceiver
) -> None:
    wanted = an_owner()
    async with webhook_receiver() as receiver, service.client("operator", subject="op") as client:
        filter = {"types": ["lablet_session.created.v1"], "owner_id": wanted}
        made = await subscribe(client, receiver.url, filter=filter)
        unwanted, of_the_owner = Story(service, an_owner()), Story(service, wanted)
        await unwanted.goes_on(2)
        await of_the_owner.goes_on(2)
        await receiver.until_accepted(1)
        for each in (unwanted, of_the_owner):
            await everybody_was_told(service, configured_sink, each, made)
        unknown = await client.post(SUBSCRIPTIONS, json={"url": receiver.url, "filter": {"types": ["no.such.v1"]}})
        await client.delete(f"{SUBSCRIPTIONS}/{made['subscription']['id']}")
    assert [each.event["type"] for each in receiver.came] == ["lablet_session.created.v1"]
    assert unknown.status_code == 422


async def test_a_failed_event_holds_up_its_own_aggregate_only(service: RunningControlPlane) -> None:
    owner, stuck, open_again = an_owner(), Story(service, ""), asyncio.Event()

    def refuse_one(_receiver: WebhookReceiver, taken: Taken) -> Response:
        blocked = taken.place == (stuck.session.stream, "0000000002.0000") and not open_again.is_set()
        return Response(status_code=500 if blocked else 200)

    async with webhook_receiver(refuse_one) as receiver, lms(service, owner) as client:
        await subscribe(client, receiver.url)
        stuck.session, other = a_session(owner_id=owner), Story(service, owner)
        await stuck.goes_on(4)
        await other.goes_on(4)
        await receiver.until_accepted(5)
        before = [each.place for each in receiver.accepted]
        open_again.set()
        await receiver.until_accepted(8)
    assert before.count((stuck.session.stream, "0000000001.0000")) == 1
    assert [place[0] for place in before].count(other.session.stream) == 4
    order = [each.event["sequence"] for each in receiver.accepted if each.place[0] == stuck.session.stream]
    assert order == sorted(order)
    assert len(order) == 4


async def test_a_slow_receiver_delays_nobody_else(service: RunningControlPlane) -> None:
    owner, release = an_owner(), asyncio.Event()

    async def wait(_receiver: WebhookReceiver, _taken: Taken) -> Response:
        await release.wait()
        return Response(status_code=200)

    async with webhook_receiver(wait) as slow, webhook_receiver() as quick, lms(service, owner) as client:
        await subscribe(client, slow.url)
        await subscribe(client, quick.url)
        for _ in range(6):
            await Story(service, owner).goes_on(2)
        await quick.until_accepted(12)
        on_their_way = len(slow.came)
        release.set()
        await slow.until_accepted(12)
    assert 1 <= on_their_way <= 4


async def test_both_keys_sign_during_the_overlap_and_the_old_one_not_without(service: RunningControlPlane) -> None:
    owner = an_owner()
    async with webhook_receiver() as receiver, lms(service, owner) as client:
        made = await subscribe(client, receiver.url)
        path = f"{SUBSCRIPTIONS}/{made['subscription']['id']}/rotate-key"
        second = (await client.post(path, json={"overlap_hours": 1})).json()
        story = Story(service, owner)

        async def two_signatures() -> bool:
            await story.goes_on(1)
            await receiver.until_accepted(story.versions)
            return " " in receiver.accepted[-1].headers["webhook-signature"]

        await eventually(two_signatures)
        both = receiver.accepted[-1]
        third = (await client.post(path, json={"overlap_hours": 0})).json()

        async def third_signs() -> bool:
            await story.goes_on(1)
            await receiver.until_accepted(story.versions)
            return " " not in receiver.accepted[-1].headers["webhook-signature"]

        await eventually(third_signs)
        alone = receiver.accepted[-1]
    assert both.verify(made["secret"]) == both.verify(second["secret"]) == both.event
    assert alone.verify(third["secret"]) == alone.event
    for gone in (made["secret"], second["secret"]):
        with pytest.raises(WebhookVerificationError):
            alone.verify(gone)


async def test_secrets_are_nowhere_but_sealed(service: RunningControlPlane) -> None:
    async with webhook_receiver() as receiver, lms(service, an_owner()) as client:
        made = await subscribe(client, receiver.url)
    bare = made["secret"].removeprefix("whsec_")
    found: list[str] = []
    for name in await service.db.list_collection_names():
        found += [name for each in await service.db[name].find({}).to_list() if bare in str(each)]
    assert found == []
    kept = await service.db["subscription_secrets"].find_one({"_id": made["subscription"]["id"]})
    assert kept is not None
    assert all(text.startswith("sealed:k1:") for text in kept["sealed"].values())


async def test_a_receiver_that_agrees_later_calls_back(service: RunningControlPlane) -> None:
    owner = an_owner()
    async with webhook_receiver(allowed_origin=None) as receiver, lms(service, owner) as client:
        made = (await client.post(SUBSCRIPTIONS, json={"url": receiver.url})).json()["subscription"]
        await Story(service, owner).goes_on(1)
        await receiver.until(lambda each: bool(each.questions))
        callback = httpx2.URL(receiver.questions[0]["webhook-request-callback"]).path
        async with httpx2.AsyncClient(base_url=service.url) as anybody:
            wrong = await anybody.get(f"{SUBSCRIPTIONS}/{made['id']}/validation/{'x' * 43}")
            pending = (await client.get(f"{SUBSCRIPTIONS}/{made['id']}")).json()["status"]
            right = await anybody.post(callback, headers={"WebHook-Allowed-Rate": "6000"})
        active = await in_state(client, made["id"], "ACTIVE")
        await receiver.until_accepted(1)
    assert (wrong.status_code, pending, right.status_code) == (404, "PENDING", 204)
    assert active["allowed_rate"] == 6000
    assert receiver.accepted[0].event["type"] == "lablet_session.created.v1"


async def test_410_ends_a_subscription_and_what_was_owed_is_a_dead_letter(service: RunningControlPlane) -> None:
    owner = an_owner()
    async with webhook_receiver(lambda *_: Response(status_code=410)) as receiver, lms(service, owner) as client:
        made = await subscribe(client, receiver.url)
        id = made["subscription"]["id"]
        await Story(service, owner).goes_on(2)
        ended = await in_state(client, id, "ENDED")

        async def buried() -> bool:
            return len((await client.get(DEAD_LETTERS, params={"subscription_id": id})).json()["items"]) == 2

        await eventually(buried)
        resumed = await client.post(f"{SUBSCRIPTIONS}/{id}/resume", json={})
    assert "410" in ended["status_reason"]
    assert resumed.status_code == 409
    assert len(receiver.came) == 1


async def test_retry_after_is_respected_by_the_whole_receiver(service: RunningControlPlane) -> None:
    owner, times = an_owner(), list[float]()

    def busy_once(receiver: WebhookReceiver, _taken: Taken) -> Response:
        times.append(asyncio.get_running_loop().time())
        first = len(receiver.came) == 1
        return Response(status_code=429, headers={"Retry-After": "1"}) if first else Response(status_code=200)

    async with webhook_receiver(busy_once) as receiver, lms(service, owner) as client:
        await subscribe(client, receiver.url)
        await Story(service, owner).goes_on(1)
        await receiver.until(lambda each: bool(each.came))
        await Story(service, owner).goes_on(1)
        await receiver.until_accepted(2)
    assert min(times[1:]) - times[0] >= 0.95


async def test_a_redirect_is_not_followed_and_the_log_says_so(service: RunningControlPlane) -> None:
    owner = an_owner()
    async with webhook_receiver() as elsewhere, lms(service, owner) as client:
        redirect = lambda *_: RedirectResponse(elsewhere.url, status_code=307)  # noqa: E731
        async with webhook_receiver(redirect) as receiver:
            made = await subscribe(client, receiver.url)
            await Story(service, owner).goes_on(1)
            await receiver.until(lambda each: len(each.came) >= 2)
            path = f"{SUBSCRIPTIONS}/{made['subscription']['id']}"
            failed = (await client.get(f"{path}/deliveries", params={"outcome": "failed"})).json()["items"]
            everything = (await client.get(f"{path}/deliveries")).json()["items"]
            await client.delete(path)
    assert elsewhere.came == []
    assert (failed[0]["status_code"], failed[0]["type"]) == (307, "lablet_session.created.v1")
    assert "redirects are not followed" in failed[0]["error"]
    assert "webhook.validation" in {each["type"] for each in everything}


async def test_what_happened_while_it_was_paused_is_sent_when_it_is_resumed(service: RunningControlPlane) -> None:
    owner = an_owner()
    async with webhook_receiver() as receiver, lms(service, owner) as client:
        id = (await subscribe(client, receiver.url))["subscription"]["id"]
        paused = await client.post(f"{SUBSCRIPTIONS}/{id}/pause", json={"reason": "maintenance"})
        await Story(service, owner).goes_on(3)

        async def kept() -> bool:
            return len(await service.db["outbound_queue"].find({"subscription_id": id}).to_list()) == 3

        await eventually(kept)
        while_paused = len(receiver.came)
        await client.post(f"{SUBSCRIPTIONS}/{id}/resume", json={})
        await receiver.until_accepted(3)
    assert (paused.json()["status"], paused.json()["status_reason"], while_paused) == ("PAUSED", "maintenance", 0)
    order = [each.event["sequence"] for each in receiver.accepted]
    assert order == sorted(order)


async def test_a_replay_brings_the_same_events_marked_as_replayed(service: RunningControlPlane) -> None:
    owner, since = an_owner(), datetime.now(UTC) - timedelta(seconds=1)
    async with webhook_receiver() as receiver, lms(service, owner) as client:
        id = (await subscribe(client, receiver.url))["subscription"]["id"]
        await Story(service, an_owner()).goes_on(1)
        await Story(service, owner).goes_on(3)
        await receiver.until_accepted(3)
        asked = await client.post(f"{SUBSCRIPTIONS}/{id}/replay", json={"since": since.isoformat()})
        await receiver.until_accepted(6)

        async def finished() -> bool:
            return (await client.get(f"{SUBSCRIPTIONS}/{id}")).json()["last_replay"] is not None

        await eventually(finished)
        result = (await client.get(f"{SUBSCRIPTIONS}/{id}")).json()["last_replay"]
        future = await client.post(f"{SUBSCRIPTIONS}/{id}/replay", json={"since": "2100-01-01T00:00:00Z"})
    first, second = receiver.accepted[:3], receiver.accepted[3:]
    assert asked.status_code == 202
    assert [each.id for each in second] == [each.id for each in first]
    assert [each.event["replay"] for each in second] == [result["order_id"]] * 3
    assert (result["events"], result["complete"]) == (3, True)
    assert future.status_code == 422


async def test_dead_letters_are_sent_once_more_when_somebody_asks(service: RunningControlPlane) -> None:
    owner, well = an_owner(), asyncio.Event()

    def too_large(_receiver: WebhookReceiver, _taken: Taken) -> Response:
        return Response(status_code=204 if well.is_set() else 413)

    async with webhook_receiver(too_large) as receiver, lms(service, owner) as client:
        id = (await subscribe(client, receiver.url))["subscription"]["id"]
        await Story(service, owner).goes_on(3)

        async def letters() -> list[dict[str, Any]]:
            return (await client.get(DEAD_LETTERS, params={"subscription_id": id})).json()["items"]

        async def three_dead() -> bool:
            return len(await letters()) == 3

        await eventually(three_dead)
        well.set()
        one = (await letters())[0]
        single = await client.post(f"{DEAD_LETTERS}/{one['id']}/replay")
        await receiver.until_accepted(1)
        rest = await client.post(f"{DEAD_LETTERS}/replay", json={"subscription_id": id})
        await receiver.until_accepted(3)

        async def none_left() -> bool:
            return await letters() == []

        await eventually(none_left)
        async with lms(service, an_owner()) as stranger:
            foreign = await stranger.post(f"{DEAD_LETTERS}/replay", json={"subscription_id": id})
    assert "413" in one["reason"]
    assert (single.status_code, rest.status_code, foreign.status_code) == (202, 202, 404)
    assert receiver.accepted[0].id == one["event_id"]
    assert len({each.id for each in receiver.accepted}) == 3


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://10.0.0.1/hook", "does not lead to public addresses alone"),
        ("http://169.254.169.254/latest/meta-data", "does not lead to public addresses alone"),
        ("http://[::ffff:10.0.0.1]/hook", "does not lead to public addresses alone"),
        ("http://user:pass@127.0.0.1/hook", "no user name"),
        ("http://no-such-host.invalid/hook", "is not found"),
        ("http://127.0.0.1:99999/hook", "is not a URL"),
    ],
)
async def test_an_address_that_nothing_is_sent_to_is_refused_when_it_is_named(
    service: RunningControlPlane, url: str, why: str
) -> None:
    async with lms(service, an_owner()) as client:
        answer = await client.post(SUBSCRIPTIONS, json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook-address-refused")
    assert why in answer.json()["errors"][0]["message"]
