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
from pydantic import SecretStr

from lablet_controller.api.controllers.events_controller import EVENTS_ROUTE, HANDSHAKE, events_router
from lablet_controller.api.event_senders import EventSenders, SignatureAuthenticator, signing_secrets
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
from lcm_simulators.lds.testing import RunningLds

from ..fake_control_plane import FakeControlPlane

S = LabletSessionStatus
FORMAT = JSONFormat()
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SECRETS = f"lds-eu={'e' * 32} lds-eu=whsec_{'QUJD' * 8} grading-engine={'g' * 32}"
SENDERS = EventSenders.model_validate(
    {
        "senders": [
            {"id": "someone", "sources": ["*"], "requests_per_minute": 50},
            {"id": "lds-eu", "sources": ["urn:lds:*"], "origins": ["*.lds.example.com"], "requests_per_minute": 120},
            {"id": "grading-engine", "sources": ["urn:grading:*"], "origins": ["grading.example.com"]},
        ]
    }
)


@dataclass(slots=True)
class Endpoint:
    http: httpx2.AsyncClient
    plane: FakeControlPlane
    issuer: OidcIssuer
    session_id: str
    lds_session_id: str
    ingestor: LabletCloudEventIngestor
    clock: ManualClock

    async def applies_what_is_due(self) -> None:
        """As the leader does."""
        await self.ingestor.apply(await self.plane.client.inbound_events.due(), 10)

    async def applies_what_is_parked(self) -> None:
        """As the leader does when the session has moved."""
        await self.ingestor.apply(await self.plane.client.inbound_events.parked(self.session_id), 10)

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

    def tells(self, what: str, id: str, **data: Any) -> CloudEvent:
        body = {"session_id": self.lds_session_id, "auth_id": self.session_id, f"{what}_at": NOW.isoformat(), **data}
        return event(f"lds.session.{what}", id, body)

    def reviewing(self, id: str) -> CloudEvent:
        return event("grading.session.review", id, {"grading_session_id": "g-1", "external_id": self.session_id})

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
    signatures = SignatureAuthenticator(signing_secrets(SecretStr(SECRETS)), clock, path=EVENTS_ROUTE)
    async with oidc_issuer() as issuer, new_http_client() as issuer_http:
        verifier = OidcTokenVerifier(issuer_http, issuer=issuer.url, audience="urn:lcm:api")
        app = create_service_app(
            ServiceSettings(service_name="lablet-controller", oidc_issuer=issuer.url),
            routers=[events_router(ingestor, SENDERS, clock)],
            authenticators=[signatures, BearerAuthenticator(verifier)],
            public_routes=frozenset({HANDSHAKE}),
            body_limits={EVENTS_ROUTE: 20_000},
        )
        headers = {"Authorization": f"Bearer {issuer.token(['event_source'])}"}
        async with serving(app) as url, httpx2.AsyncClient(base_url=url, headers=headers) as http:
            yield Endpoint(http, plane, issuer, session_id, ref.session_id, ingestor, clock)


async def launched(endpoint: Endpoint, lds_system: RunningLds, *what: str) -> None:
    """The learner's doings at the delivery system, of which no event came yet."""
    async with httpx2.AsyncClient(base_url=lds_system.url, auth=(lds_system.username, lds_system.password)) as http:
        url = f"/reservations/v3/lab_session/{endpoint.lds_session_id}/lablet_launch_url"
        token = (await http.get(url)).json()["url"].rpartition("/")[2]
        for each in what:
            assert (await http.post(f"/api/learner/{token}/{each}")).status_code == 200
