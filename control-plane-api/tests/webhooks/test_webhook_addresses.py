"""Where events are sent, and where they never are: names are checked when given and at every connection."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from starlette.responses import StreamingResponse
from typing_extensions import override

from control_plane_api.application.webhooks.addresses import AddressRefused, AddressRules, WebhookAddresses
from control_plane_api.application.webhooks.deliveries import Reply, Subscriber
from control_plane_api.integration.webhooks.guarded_network import GuardedNetwork, SystemResolver, new_pool
from control_plane_api.integration.webhooks.webhook_sender import HttpWebhookSender
from control_plane_api.testing.memory_deliveries import an_active_subscription
from control_plane_api.testing.webhook_receiver import webhook_receiver
from control_plane_api.webhook_settings import WebhookSettings
from lcm_core.clock import SystemClock
from lcm_core.domain.commit import CommitMetadata
from lcm_core.domain.errors import InvalidInput
from lcm_core.eventstore.outbox_row import OutboxRow
from lcm_core.testing.virtual_time import run_in_virtual_time

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LOOPBACK = AddressRules((ipaddress.ip_network("127.0.0.0/8"),), allow_http=True)
INSIDE = ["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
REFUSED = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "239.1.1.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:a00:1::", "fe80::1%eth0"),
]


@dataclass
class Names:
    """``Resolver``: what a name leads to, one answer after the other, the last one for ever."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list[str])

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        del port
        self.asked.append(host)
        found = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if not found:
            raise OSError(f"no such name: {host}")
        return found


@pytest.mark.parametrize("address", REFUSED)
def test_nothing_is_sent_to_an_address_that_is_not_public(address: str) -> None:
    assert not AddressRules().permits(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_events_are_sent_to_public_addresses(address: str) -> None:
    assert AddressRules().permits(address)


@given(st.sampled_from(INSIDE).flatmap(lambda network: st.ip_addresses(v=4, network=network)))
def test_an_address_inside_is_refused_in_whatever_ipv6_address_it_hides(address: ipaddress.IPv4Address) -> None:
    hidden = [
        ipaddress.IPv6Address((0xFFFF << 32) | int(address)),
        ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80)),
        ipaddress.IPv6Address((0x64FF9B << 96) | int(address)),
    ]
    assert not any(AddressRules().permits(str(each)) for each in (address, *hidden))


def test_networks_of_the_settings_are_allowed_and_no_others() -> None:
    assert LOOPBACK.permits("127.0.0.1")
    assert LOOPBACK.permits("::ffff:127.0.0.1")
    assert not LOOPBACK.permits("10.0.0.1")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://lms.example.com/", "must begin with https"),
        ("ftp://lms.example.com/", "must begin with https"),
        ("https:///path", "names no host"),
        ("https://u:p@lms.example.com/", "no user name"),
        ("https://lms.example.com/#top", "no fragment"),
        ("https://lms.example.com:x/", "is not a URL"),
    ],
)
async def test_an_address_has_to_be_https_and_plain(url: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        await WebhookAddresses(AddressRules(), Names([["8.8.8.8"]])).require_allowed(url)


async def test_one_bad_address_among_good_ones_is_enough() -> None:
    addresses = WebhookAddresses(AddressRules(), Names([["8.8.8.8", "10.0.0.1"]]))

    with pytest.raises(InvalidInput, match="is not found, or does not lead to public addresses alone"):
        await addresses.require_allowed("https://lms.example.com/hook")


async def test_nobody_learns_by_a_refusal_where_a_name_leads() -> None:
    addresses = WebhookAddresses(AddressRules(), Names([["10.0.0.1"]]))

    with pytest.raises(InvalidInput) as refused:
        await addresses.require_allowed("https://vault.internal.example/hook")
    told = await delivered(Names([["10.0.0.1"]]), "https://vault.internal.example/hook", AddressRules())

    assert "10.0.0.1" not in f"{refused.value} {refused.value.errors}"
    nowhere = await delivered(Names([[]]), "https://vault.internal.example/hook", AddressRules())
    assert told.error == nowhere.error


async def delivered(names: Names, url: str, rules: AddressRules = LOOPBACK) -> Reply:
    """What becomes of one event that is sent to *url*."""
    network = GuardedNetwork(rules, names)
    pool = new_pool(network, ssl.create_default_context(), connections=2)
    sender = HttpWebhookSender(
        pool, SystemClock(), source="urn:test", origin="test", public_url="http://lcm.test", deadline_seconds=5
    )
    metadata = CommitMetadata(actor="test", correlation_id="c", at=NOW)
    event = OutboxRow("s@1#0", "s", 1, 0, "a.b.v1", {}, metadata, created_at=NOW)
    subscriber = Subscriber(an_active_subscription(NOW, url=url), ("whsec_" + "A" * 43 + "=",))
    async with sender:
        return await sender.deliver(subscriber, event, None)


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    async with webhook_receiver() as receiver:
        names = Names([["127.0.0.1"], ["10.255.255.1"]])
        reply = await delivered(names, receiver.url.replace("127.0.0.1", "lms.test"))
    assert (reply.status_code, names.asked) == (204, ["lms.test"])
    assert receiver.accepted[0].headers["host"].startswith("lms.test:")


async def test_a_name_that_leads_elsewhere_by_the_time_of_the_connection_is_refused() -> None:
    async with webhook_receiver() as receiver:
        names = Names([["8.8.8.8"], ["127.0.0.1"]])
        public = AddressRules(allow_http=True)
        url = receiver.url.replace("127.0.0.1", "rebinding.test")
        await WebhookAddresses(public, names).require_allowed(url)
        reply = await delivered(names, url, public)
    assert reply.status_code is None
    assert "is not found, or does not lead to public addresses" in reply.error
    assert receiver.came == []


async def test_of_several_addresses_one_that_answers_is_found() -> None:
    async with webhook_receiver() as receiver:
        reply = await delivered(Names([["127.0.0.77", "127.0.0.1"]]), receiver.url.replace("127.0.0.1", "lms.test"))
    assert reply.status_code == 204


async def test_a_receiver_that_cannot_be_had_is_told_as_the_reason() -> None:
    nowhere = await delivered(Names([[]]), "http://gone.test/hook")
    refused = await delivered(Names([["127.0.0.77"]]), "http://closed.test:9/hook")
    assert (nowhere.status_code, refused.status_code) == (None, None)
    assert "gone.test: it is not found" in nowhere.error
    assert refused.error == "no connection could be made"


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield b"x" * 10_000
            await asyncio.sleep(0)

    async with webhook_receiver(lambda *_: StreamingResponse(endless())) as receiver:
        reply = await delivered(Names([["127.0.0.1"]]), receiver.url)
    assert (reply.status_code, reply.error) == (200, "")


@pytest.mark.parametrize("secret", ["secret", "whsec_", "whsec_short", "whsec_" + "?" * 43, "C" * 43 + "="])
def test_a_secret_that_cannot_sign_is_refused_at_start_and_not_shown(secret: str) -> None:
    with pytest.raises(ValidationError, match="base64 of 24 to 64 bytes") as refused:
        WebhookSettings(cloudevents_sink_secret=SecretStr(secret))
    assert len(secret) < 8 or secret not in str(refused.value)


async def test_an_address_that_swallows_packets_leaves_time_for_the_next() -> None:
    waits: list[float | None] = []

    class Swallowing(httpcore2.AsyncNetworkBackend):
        async def connect_tcp(
            self, host: str, port: int, timeout: float | None = None, *_: object, **__: object
        ) -> httpcore2.AsyncNetworkStream:
            waits.append(timeout)
            raise httpcore2.ConnectTimeout(host)

    network = GuardedNetwork(
        AddressRules(), Names([["8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"]]), Swallowing()
    )
    with pytest.raises(httpcore2.ConnectTimeout):
        await network.connect_tcp("slow.test", 443, timeout=8)
    assert waits == pytest.approx([2.0] * 4, abs=0.1)


async def test_a_name_that_leads_nowhere_is_refused_when_named_and_when_connected_to() -> None:
    class Nowhere(Names):
        @override
        async def addresses(self, host: str, port: int) -> Sequence[str]:
            return []

    with pytest.raises(InvalidInput, match="is not found"):
        await WebhookAddresses(AddressRules(), Nowhere([])).require_allowed("https://lms.example.com/hook")
    with pytest.raises(AddressRefused, match="is not found"):
        await GuardedNetwork(AddressRules(), Nowhere([])).connect_tcp("lms.example.com", 443, timeout=8)


async def test_a_resolver_of_ours_that_is_late_is_nothing_against_the_receiver_and_told_alike() -> None:
    class Late(Names):
        @override
        async def addresses(self, host: str, port: int) -> Sequence[str]:
            raise TimeoutError("late")

    late, nowhere = [await delivered(names, "https://lms.test/hook") for names in (Late([]), Names([[]]))]
    assert (late.ours, nowhere.ours, late.error) == (True, False, nowhere.error)


async def test_threads_that_resolve_names_end_with_the_sender() -> None:
    names = SystemResolver()
    pool = new_pool(GuardedNetwork(LOOPBACK, names), ssl.create_default_context(), connections=2)
    async with HttpWebhookSender(
        pool,
        SystemClock(),
        source="urn:test",
        origin="test",
        public_url="http://lcm.test",
        deadline_seconds=5,
        and_close=names.close,
    ):
        assert await names.addresses("127.0.0.1", 80) == ["127.0.0.1"]
    with pytest.raises(RuntimeError, match="after shutdown"):
        await names.addresses("127.0.0.1", 80)


def test_what_resolving_takes_is_not_there_for_connecting() -> None:
    waits: list[float | None] = []

    class Slow(Names):
        @override
        async def addresses(self, host: str, port: int) -> Sequence[str]:
            await asyncio.sleep(4)
            return await super().addresses(host, port)

    class Swallowing(httpcore2.AsyncNetworkBackend):
        async def connect_tcp(
            self, host: str, port: int, timeout: float | None = None, *_: object, **__: object
        ) -> httpcore2.AsyncNetworkStream:
            waits.append(timeout)
            raise httpcore2.ConnectTimeout(host)

    async def story() -> None:
        network = GuardedNetwork(AddressRules(), Slow([["8.8.8.8", "8.8.4.4"]]), Swallowing())
        with pytest.raises(httpcore2.ConnectTimeout):
            await network.connect_tcp("slow.test", 443, timeout=8)

    run_in_virtual_time(story())
    assert waits == pytest.approx([2.0] * 2, abs=0.1)
