from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from control_plane_api.testing.builders import Recorder, a_session, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.eventstore.collections import OUTBOX
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.http_server import serving
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer

DEADLINE = 20


@dataclass
class Subscriber:
    """Takes CloudEvents; refuses the first *refusals* of them."""

    refusals: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    content_types: set[str] = field(default_factory=set)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: Request) -> Response:
        if self.refusals > 0:
            self.refusals -= 1
            return Response(status_code=503)
        self.content_types.add(request.headers["Content-Type"])
        self.taken.append(await request.json())
        self.arrived.set()
        return Response(status_code=204)

    def application(self) -> Starlette:
        return Starlette(routes=[Route("/events", self.receive, methods=["POST"])])

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(DEADLINE):
            while len(self.taken) < count:
                self.arrived.clear()
                await self.arrived.wait()


async def until_outbox_is_empty(control_plane: RunningControlPlane) -> None:
    async with asyncio.timeout(DEADLINE):
        while await control_plane.db[OUTBOX].find_one({}) is not None:  # noqa: ASYNC110 - nothing tells when
            await asyncio.sleep(0.05)


async def test_events_reach_the_subscriber_as_cloudevents_in_order(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer
) -> None:
    subscriber = Subscriber(refusals=1)
    async with (
        serving(subscriber.application()) as url,
        running_control_plane(mongo, etcd, issuer, cloudevents_sink_url=f"{url}/events") as control_plane,
    ):
        session, record = a_session(), Recorder(control_plane.db)
        await record.commit(session)
        session.hold("decision-1", "no room", now_stamp())
        await record.commit(session)
        session.request_termination("changed my mind", now_stamp())
        await record.commit(session)
        await subscriber.wait_for(3)
        await until_outbox_is_empty(control_plane)
    first = subscriber.taken[0]
    assert [event["type"] for event in subscriber.taken] == [
        "lablet_session.created.v1",
        "lablet_session.held.v1",
        "lablet_session.termination_requested.v1",
    ]
    assert (first["specversion"], first["source"]) == ("1.0", "urn:lcm:control-plane-api")
    assert first["subject"] == f"lablet_session-{session.id}"
    assert first["data"]["owner_id"] == "lms-1"
    assert len({event["id"] for event in subscriber.taken}) == 3
    assert all(content_type.startswith("application/cloudevents+json") for content_type in subscriber.content_types)


async def test_without_a_subscriber_nothing_piles_up(control_plane: RunningControlPlane) -> None:
    await Recorder(control_plane.db).commit(a_session())
    await until_outbox_is_empty(control_plane)
