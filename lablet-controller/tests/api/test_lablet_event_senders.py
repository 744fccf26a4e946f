"""Who may send what, how it shows who it is, and how a sender asks for permission."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.v1.event import CloudEvent
from pydantic import SecretStr

from lablet_controller.api.controllers.events_controller import EVENTS_ROUTE
from lablet_controller.api.event_senders import signature_of, signed_content, signing_secrets

from .conftest import FORMAT, NOW, event

if TYPE_CHECKING:
    from .conftest import Endpoint
else:
    Endpoint = Any

KEY = b"e" * 32
OLD_KEY = b"ABC" * 8
SECONDS = str(int(NOW.timestamp()))


def signed(sent: CloudEvent, *, key: bytes = KEY, at: str = SECONDS, binary: bool = False) -> Any:
    message = (to_binary if binary else to_structured)(sent, FORMAT)
    headers = dict(message.headers)
    signature = signature_of(key, signed_content("msg-1", at, headers, message.body))
    marks = {"webhook-id": "msg-1", "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
    return {"content": message.body, "headers": {**headers, **marks, "Authorization": ""}}


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("key", [KEY, OLD_KEY], ids=["new secret", "old secret"])
async def test_a_signature_shows_who_sends(endpoint: Endpoint, key: bytes, binary: bool) -> None:
    answer = await endpoint.http.post(EVENTS_ROUTE, **signed(endpoint.started(), key=key, binary=binary))
    assert answer.status_code == 202, answer.text
    [record] = endpoint.plane.inbox.records.values()
    assert record.sender == "lds-eu"


async def test_a_signature_that_does_not_fit_is_refused(endpoint: Endpoint) -> None:
    answer = await endpoint.http.post(EVENTS_ROUTE, **signed(endpoint.started(), key=b"x" * 32))
    assert answer.status_code == 401
    assert endpoint.plane.inbox.records == {}


async def test_a_changed_body_is_refused(endpoint: Endpoint) -> None:
    request = signed(endpoint.started())
    request["content"] = request["content"].replace(b"e-1", b"e-2")
    assert (await endpoint.http.post(EVENTS_ROUTE, **request)).status_code == 401


async def test_in_binary_mode_a_changed_attribute_is_refused(endpoint: Endpoint) -> None:
    request = signed(endpoint.started(), binary=True)
    changed = {name: "e-2" if name.lower() == "ce-id" else value for name, value in request["headers"].items()}
    answer = await endpoint.http.post(EVENTS_ROUTE, content=request["content"], headers=changed)
    assert answer.status_code == 401


@pytest.mark.parametrize("apart", [-301, 301])
async def test_a_signature_of_another_time_is_a_replay(endpoint: Endpoint, apart: int) -> None:
    old = str(int(NOW.timestamp()) + apart)
    answer = await endpoint.http.post(EVENTS_ROUTE, **signed(endpoint.started(), at=old))
    assert answer.status_code == 401
    assert "300 s from now" in answer.json()["detail"]


@pytest.mark.parametrize("at", ["", "soon", "-5", "9" * 40])
async def test_a_timestamp_that_is_none_is_refused(endpoint: Endpoint, at: str) -> None:
    assert (await endpoint.http.post(EVENTS_ROUTE, **signed(endpoint.started(), at=at))).status_code == 401


async def test_a_sender_speaks_for_its_own_sources_only(endpoint: Endpoint) -> None:
    request = signed(event("grading.session.completed", "e-1", {}, source="urn:grading:local"))
    answer = await endpoint.http.post(EVENTS_ROUTE, **request)
    assert answer.status_code == 403
    assert "urn:grading:local" in answer.json()["detail"]
    assert endpoint.plane.inbox.records == {}


async def test_one_foreign_source_refuses_the_whole_batch(endpoint: Endpoint) -> None:
    batch = [endpoint.started(), event("lds.session.ended", "e-2", {}, source="urn:other")]
    body = json.dumps([json.loads(FORMAT.write(each)) for each in batch]).encode()
    headers = {"content-type": "application/cloudevents-batch+json"}
    signature = signature_of(KEY, signed_content("m", SECONDS, headers, body))
    marks = {"webhook-id": "m", "webhook-timestamp": SECONDS, "webhook-signature": f"v1,bad v1,{signature}"}
    answer = await endpoint.http.post(EVENTS_ROUTE, content=body, headers={**headers, **marks})
    assert answer.status_code == 403
    assert endpoint.plane.inbox.records == {}


async def test_who_sends_more_than_was_granted_is_slowed_down(endpoint: Endpoint) -> None:
    for _ in range(50):
        assert (await endpoint.post(endpoint.started())).status_code == 202
    answer = await endpoint.post(endpoint.started())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    endpoint.clock.advance(60)
    assert (await endpoint.post(endpoint.started())).status_code == 202


@pytest.mark.parametrize(("asked", "granted"), [(None, "120"), ("60", "60"), ("5000", "120")])
async def test_a_sender_that_asks_for_permission_gets_it_with_a_rate(
    endpoint: Endpoint, asked: str | None, granted: str
) -> None:
    headers = {"WebHook-Request-Origin": "a.LDS.example.com", "WebHook-Request-Callback": "https://a.example/confirm"}
    if asked is not None:
        headers["WebHook-Request-Rate"] = asked
    answer = await endpoint.http.request("OPTIONS", EVENTS_ROUTE, headers={**headers, "Authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == "a.LDS.example.com"
    assert answer.headers["webhook-allowed-rate"] == granted
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("origin", [None, "evil.example.com", "grading.example.com.evil.org"])
async def test_an_origin_that_nobody_listed_gets_no_permission(endpoint: Endpoint, origin: str | None) -> None:
    headers = {"WebHook-Request-Origin": origin} if origin else {}
    answer = await endpoint.http.request("OPTIONS", EVENTS_ROUTE, headers=headers)
    assert not [name for name in answer.headers if name.startswith("webhook-")]


@pytest.mark.parametrize(
    ("text", "why"), [("lds", "sender=secret"), ("lds=whsec_%%", "base64"), ("lds=short", "shorter than 16 bytes")]
)
def test_a_signing_secret_that_cannot_be_used_is_refused_without_being_told(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        signing_secrets(SecretStr(text))
    assert "short " not in str(refused.value).replace("shorter", "")
