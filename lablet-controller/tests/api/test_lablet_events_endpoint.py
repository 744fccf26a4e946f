from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from lablet_controller.api.controllers.events_controller import EVENTS_ROUTE, events_router
from lablet_controller.application.events.cloud_event_ingestor import LabletCloudEventIngestor
from lablet_controller.application.ports.lds import LdsBooking
from lablet_controller.integration.services.lds_spi import LdsSpiClient
from lcm_core.auth import BearerAuthenticator, OidcTokenVerifier
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.values import Candidate
from lcm_core.hosting import create_service_app
from lcm_core.integration.http import new_http_client
from lcm_core.settings import ServiceSettings
from lcm_core.testing.http_server import serving
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.oidc_issuer import OidcIssuer, oidc_issuer

from ..fake_control_plane import FakeControlPlane

S = LabletSessionStatus
FORMAT = JSONFormat()
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@dataclass(slots=True)
class Endpoint:
    http: httpx2.AsyncClient
    plane: FakeControlPlane
    issuer: OidcIssuer
    session_id: str
    lds_session_id: str

    async def post(self, event: CloudEvent | list[CloudEvent], mode: str = "structured") -> httpx2.Response:
        if isinstance(event, list):
            body = json.dumps([json.loads(FORMAT.write(each)) for each in event]).encode()
            headers = {"content-type": "application/cloudevents-batch+json"}
            return await self.http.post(EVENTS_ROUTE, content=body, headers=headers)
        message = (to_binary if mode == "binary" else to_structured)(event, FORMAT)
        return await self.http.post(EVENTS_ROUTE, content=message.body, headers=message.headers)

    async def fate(self, event: CloudEvent, mode: str = "structured") -> str:
        answer = await self.post(event, mode)
        assert answer.status_code == 202, answer.text
        return answer.json()["events"][0]["fate"]

    @property
    def status(self) -> LabletSessionStatus:
        return self.plane.session(self.session_id).status

    def started(self, id: str = "e-1", **data: Any) -> CloudEvent:
        body = {"session_id": self.lds_session_id, "auth_id": self.session_id, "started_at": NOW.isoformat(), **data}
        return event("lds.session.started", id, body)

    def ended(self, id: str = "e-2", **data: Any) -> CloudEvent:
        body = {"session_id": self.lds_session_id, "auth_id": self.session_id, "ended_at": NOW.isoformat(), **data}
        return event("lds.session.ended", id, {"reason": "user_finished", **body})

    def completed(self, id: str = "e-3", **data: Any) -> CloudEvent:
        score = {"score": 7, "max_score": 10, "cut_score": 6, "passed": True, "report_url": None}
        section = {"name": "Routing", "score": 7, "max_score": 10, "items": [{"name": "OSPF", "passed": True}]}
        body = {"grading_session_id": "g-1", "external_id": self.session_id, **score, "sections": [section], **data}
        return event("grading.session.completed", id, body)


def event(type: str, id: str, data: Any, **attributes: Any) -> CloudEvent:
    return CloudEvent(
        {
            "id": id,
            "source": "urn:lds:local",
            "type": type,
            "specversion": "1.0",
            "time": NOW,
            "datacontenttype": "application/json",
            **attributes,
        },
        data,
    )


@pytest.fixture
async def endpoint(lds: LdsSpiClient) -> AsyncIterator[Endpoint]:
    clock = ManualClock(NOW)
    plane = FakeControlPlane(clock, ContentPackage(hash="h", topology_yaml=""))
    plane.add_worker("w", "127.0.0.1")
    session_id = plane.add_session("w")
    ref = await lds.create_session_with_part(
        LdsBooking(session_id, Candidate(username="ada"), NOW, NOW.replace(hour=10), "Form 1", "")
    )
    plane.change(session_id, status=S.READY, lds_session_id=ref.session_id)
    ingestor = LabletCloudEventIngestor(plane.client, lds, clock)
    async with oidc_issuer() as issuer, new_http_client() as issuer_http:
        verifier = OidcTokenVerifier(issuer_http, issuer=issuer.url, audience="urn:lcm:api")
        app = create_service_app(
            ServiceSettings(service_name="lablet-controller", oidc_issuer=issuer.url),
            routers=[events_router(ingestor)],
            authenticators=[BearerAuthenticator(verifier)],
            body_limits={EVENTS_ROUTE: 20_000},
        )
        headers = {"Authorization": f"Bearer {issuer.token(['event_source'])}"}
        async with serving(app) as url, httpx2.AsyncClient(base_url=url, headers=headers) as http:
            yield Endpoint(http, plane, issuer, session_id, ref.session_id)


@pytest.mark.parametrize("mode", ["structured", "binary"])
async def test_a_login_moves_the_session_in_either_mode(endpoint: Endpoint, mode: str) -> None:
    assert await endpoint.fate(endpoint.started(), mode) == "applied"
    assert endpoint.status is S.RUNNING


async def test_a_batch_is_applied_in_its_order(endpoint: Endpoint) -> None:
    answer = await endpoint.post([endpoint.started(), endpoint.ended()])
    assert [each["fate"] for each in answer.json()["events"]] == ["applied", "applied"]
    assert endpoint.status is S.COLLECTING


async def test_an_event_without_a_time_is_taken(endpoint: Endpoint) -> None:
    data = {"session_id": endpoint.lds_session_id}
    minimal = {"specversion": "1.0", "id": "1", "source": "s", "type": "lds.session.started", "data": data}
    headers = {"content-type": "application/cloudevents+json; charset=utf-8"}
    answer = await endpoint.http.post(EVENTS_ROUTE, json=minimal, headers=headers)
    assert answer.json()["events"][0]["fate"] == "applied"


async def test_a_duplicate_changes_nothing(endpoint: Endpoint) -> None:
    await endpoint.fate(endpoint.started())
    await endpoint.fate(endpoint.ended())
    assert await endpoint.fate(endpoint.started()) == "unchanged"
    assert endpoint.status is S.COLLECTING


async def test_an_end_that_overtook_its_login_counts_for_both(endpoint: Endpoint, lds_system: Any) -> None:
    async with httpx2.AsyncClient(base_url=lds_system.url, auth=(lds_system.username, lds_system.password)) as http:
        url = f"/reservations/v3/lab_session/{endpoint.lds_session_id}/lablet_launch_url"
        token = (await http.get(url)).json()["url"].rpartition("/")[2]
        await http.post(f"/api/learner/{token}/login")
        await http.post(f"/api/learner/{token}/finish")
    assert await endpoint.fate(endpoint.ended()) == "applied"
    assert endpoint.status is S.COLLECTING
    assert await endpoint.fate(endpoint.started()) == "unchanged"
    assert endpoint.status is S.COLLECTING


async def test_a_session_that_was_closed_before_anybody_came_is_a_no_show(
    endpoint: Endpoint, lds: LdsSpiClient
) -> None:
    info = await lds.find_session(endpoint.session_id)
    assert info is not None
    await lds.archive_session(info.ref)
    assert await endpoint.fate(endpoint.ended(reason="released")) == "applied"
    session = endpoint.plane.session(endpoint.session_id)
    assert (session.status, session.outcome) == (S.STOPPING, "no_show")


async def test_a_late_event_changes_nothing(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.STOPPED)
    assert await endpoint.fate(endpoint.started()) == "unchanged"
    assert await endpoint.fate(endpoint.ended()) == "unchanged"
    assert endpoint.status is S.STOPPED


async def test_an_event_before_the_session_is_ready_is_to_come_again(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.INSTANTIATING, lds_session_id=None)
    answer = await endpoint.post(endpoint.started())
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["code"] == "event-early"


async def test_a_score_ends_grading(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.GRADING)
    assert await endpoint.fate(endpoint.completed()) == "applied"
    assert (endpoint.status, endpoint.plane.session(endpoint.session_id).score) == (S.STOPPING, 7)


async def test_a_failed_grading_is_told_with_its_reason(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.GRADING)
    data = {"grading_session_id": "g-1", "external_id": endpoint.session_id, "error": "no rules"}
    assert await endpoint.fate(event("grading.session.failed", "e-9", data)) == "applied"
    assert endpoint.plane.session(endpoint.session_id).outcome_reason == "no rules"


async def test_a_session_nobody_knows_is_ignored(endpoint: Endpoint) -> None:
    data = {"session_id": "unheard-of", "auth_id": "unheard-of"}
    assert await endpoint.fate(event("lds.session.started", "e-9", data)) == "ignored"
    assert endpoint.plane.dead_letters == []


async def test_a_type_nobody_listens_to_is_ignored(endpoint: Endpoint) -> None:
    assert await endpoint.fate(event("lds.session.coffee", "e-9", {})) == "ignored"


async def test_an_event_that_can_never_be_applied_becomes_a_dead_letter(endpoint: Endpoint) -> None:
    assert await endpoint.fate(event("lds.session.started", "e-9", {"session_id": 5})) == "dead_lettered"
    [letter] = endpoint.plane.dead_letters
    assert (letter["id"], letter["type"], letter["data"]) == ("e-9", "lds.session.started", {"session_id": 5})
    assert "session_id" in letter["reason"]


async def test_an_event_that_contradicts_the_session_becomes_a_dead_letter(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.RUNNING)
    assert await endpoint.fate(endpoint.completed()) == "dead_lettered"


async def test_while_the_control_plane_is_away_the_sender_is_asked_to_come_again(endpoint: Endpoint) -> None:
    endpoint.plane.away = True
    assert (await endpoint.post(endpoint.started())).status_code == 503
    endpoint.plane.away = False
    assert await endpoint.fate(endpoint.started()) == "applied"


@pytest.mark.parametrize(
    ("headers", "body", "why"),
    [
        ({"content-type": "application/json"}, b"{}", "no CloudEvent"),
        ({"content-type": "application/cloudevents+json"}, b"{", "Expecting"),
        ({"content-type": "application/cloudevents+json"}, b"[]", "list"),
        ({"content-type": "application/cloudevents+json"}, b'{"type":"t","source":"s","specversion":"1.0"}', "id"),
        ({"content-type": "application/cloudevents+json"}, b'{"id":"1","type":"t","source":"s"}', "specversion"),
        (
            {"content-type": "application/cloudevents+json"},
            b'{"id":"1","type":"t","source":"s","specversion":"9.9"}',
            "specversion",
        ),
        ({"ce-type": "t", "ce-source": "s", "ce-specversion": "1.0"}, b"{}", "id"),
        ({"content-type": "application/cloudevents-batch+json"}, b"{}", "array"),
        ({"content-type": "application/cloudevents-batch+json"}, b'[{"id":"1"}]', "event 0"),
    ],
)
async def test_what_is_no_cloud_event_is_refused_with_the_reason(
    endpoint: Endpoint, headers: dict[str, str], body: bytes, why: str
) -> None:
    answer = await endpoint.http.post(EVENTS_ROUTE, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert why in answer.json()["detail"]
    assert endpoint.plane.writes == []


@pytest.mark.parametrize(("roles", "status"), [(None, 401), (["service"], 403), (["admin"], 403)])
async def test_only_event_sources_may_send(endpoint: Endpoint, roles: list[str] | None, status: int) -> None:
    headers = {"Authorization": f"Bearer {endpoint.issuer.token(roles)}" if roles else ""}
    answer = await endpoint.http.post(EVENTS_ROUTE, json={}, headers=headers)
    assert answer.status_code == status
    assert endpoint.plane.writes == []


async def test_an_oversized_body_is_refused(endpoint: Endpoint) -> None:
    answer = await endpoint.post(endpoint.started(padding="x" * 30_000))
    assert answer.status_code == 413
    assert endpoint.plane.writes == []
