"""control-plane-api for real; workers are brought up by hand, as worker-controller would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from opentelemetry.sdk.resources import Resource
from pydantic import SecretStr

from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.auth import StaticTokenSource
from lcm_core.contracts.sessions import MarkSessionStopped, StopSession
from lcm_core.contracts.workers import RequestScaleUp, WorkerLaunched, WorkerReady, WorkerStatusReport
from lcm_core.domain.enums import LabletSessionStatus, LicenseStatus, SessionOutcome
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, ScaleUpDemand
from lcm_core.domain.values import WorkerLicense
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.integration.http import JsonHttpClient
from lcm_core.observability import configure_metrics
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.http_server import serving
from lcm_core.testing.mongo_server import MongoServer, mongo_server
from lcm_core.testing.oidc_issuer import oidc_issuer
from resource_scheduler.main import build_app
from resource_scheduler.settings import SchedulerSettings

TEMPLATE: dict[str, Any] = {
    "name": "room-for-four",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "ami": {"name_pattern": "CML-*", "min_version": "2.9.0"},
    "capacity": {"cpu_cores": 16, "memory_gb": 64, "storage_gb": 500, "nodes": 320, "ports": 8000},
    "license_type": "ENTERPRISE",
    "startup_seconds": 60,
    "cost_per_hour_usd": 5.1,
}
TOPOLOGY = """
lab: {title: two routers, version: 0.2.0}
nodes:
  - {id: n0, label: R1, node_definition: iol-xe, x: 0, y: 0, interfaces: [], tags: ["serial:${PORT_SERIAL_1}"]}
  - {id: n1, label: R2, node_definition: iol-xe, x: 1, y: 0, interfaces: [], tags: ["serial:${PORT_SERIAL_2}"]}
links: []
"""


@pytest.fixture(scope="session", autouse=True)
def measured() -> None:
    """As ``main`` does before anything is measured."""
    configure_metrics(Resource.create({"service.name": "resource-scheduler"}))


@pytest.fixture(scope="session")
def mongo() -> Iterator[MongoServer]:
    with mongo_server() as server:
        yield server


@pytest.fixture(scope="session")
def etcd() -> Iterator[EtcdServer]:
    with etcd_server() as server:
        yield server


@dataclass
class Surroundings:
    plane: RunningControlPlane
    client: ControlPlaneApiClient
    admin: httpx2.AsyncClient
    settings: dict[str, Any]

    @asynccontextmanager
    async def service(self, **changes: Any) -> AsyncIterator[str]:
        """One instance of resource-scheduler; its base URL."""
        settings = SchedulerSettings(**(self.settings | {"instance_id": uuid4().hex[:8]} | changes))
        async with serving(build_app(settings)) as url:
            yield url

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.admin.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
        assert answer.is_success, answer.text
        return answer.json()

    async def define(self, **changes: Any) -> str:
        body = {
            "name": f"lab {uuid4().hex[:6]}",
            "form_qualified_name": "Exam Associate NET 1.0 FHR Form1",
            "topology_yaml": TOPOLOGY,
            "requirements": {"cpu_cores": 4, "memory_gb": 16, "storage_gb": 20, "nodes": 2, "ports": 2},
            "lead_seconds": 0,
            "teardown_seconds": 0,
        }
        return (await self.post("/api/v1/lablet-definitions", body | changes))["id"]

    async def book(self, definition_id: str, **changes: Any) -> str:
        """The id of the session."""
        body = {"definition_id": definition_id, "candidate": {"username": "ada"}, "duration_minutes": 30}
        return (await self.post("/api/v1/reservations", body | changes))["session"]["id"]

    async def worker_on_the_way(self) -> str:
        demand = ScaleUpDemand(key=uuid4().hex, reason="test")
        body = RequestScaleUp(template_name=TEMPLATE["name"], demand=demand)
        return (await self.client.workers.request_scale_up(body)).worker_id

    async def bring_up(self, worker_id: str) -> None:
        launched = WorkerLaunched(ec2_instance_id=f"i-{worker_id[:8]}", ami_id="ami-1", ami_name="CML-2.9.1")
        await self.client.workers.launched(worker_id, launched)
        row = await self.client.workers.get(worker_id)
        await self.client.workers.ready(
            worker_id,
            WorkerReady(
                private_ip="127.10.0.4",
                cml_version="2.9.1+build.7",
                license=WorkerLicense(type=row.license.type, status=LicenseStatus.REGISTERED, node_limit=320),
                measured=row.declared,
            ),
        )

    async def take_down(self, worker_id: str) -> None:
        await self.client.workers.terminated(worker_id, WorkerStatusReport(reason="gone"))

    async def session(self, session_id: str) -> LabletSessionReadModel:
        return await self.client.sessions.get(session_id)

    async def end(self, session_id: str) -> None:
        """Stopped, its lab gone: as lablet-controller would report it."""
        body = StopSession(outcome=SessionOutcome.CANCELLED, reason="test")
        await self.client.sessions.stop(session_id, body)
        await self.client.sessions.mark_stopped(session_id, MarkSessionStopped(proof="there never was a lab"))

    async def until_placed(self, session_id: str, worker_id: str | None = None) -> LabletSessionReadModel:
        """SCHEDULED or begun already, on that worker."""

        def placed(row: LabletSessionReadModel) -> bool:
            return row.worker_id is not None and worker_id in (None, row.worker_id)

        return await self.until(session_id, placed)

    async def until_worker(self, worker_id: str, holds: Callable[[CMLWorkerReadModel], bool]) -> CMLWorkerReadModel:
        async def look() -> CMLWorkerReadModel | None:
            row = await self.client.workers.get(worker_id)
            return row if holds(row) else None

        return await awaited(look)

    async def until_status(self, session_id: str, status: LabletSessionStatus) -> LabletSessionReadModel:
        return await self.until(session_id, lambda row: row.status is status)

    async def until(self, session_id: str, holds: Callable[[LabletSessionReadModel], bool]) -> LabletSessionReadModel:
        async def look() -> LabletSessionReadModel | None:
            row = await self.session(session_id)
            return row if holds(row) else None

        return await awaited(look)

    async def until_workers(self, count: int) -> list[CMLWorkerReadModel]:
        async def look() -> list[CMLWorkerReadModel] | None:
            rows = await self.client.workers.list()
            return rows if len(rows) == count else None

        return await awaited(look)


async def awaited(look: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    async with asyncio.timeout(seconds):
        while (found := await look()) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return found


@pytest.fixture
async def surroundings(mongo: MongoServer, etcd: EtcdServer) -> AsyncIterator[Surroundings]:
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(oidc_issuer({"resource-scheduler": ("secret", ["service"])}))
        plane = await stack.enter_async_context(running_control_plane(mongo, etcd, issuer))
        token = StaticTokenSource(SecretStr(plane.token("service", client_id="worker-controller")))
        http = await stack.enter_async_context(JsonHttpClient("control-plane-api", plane.url, token_source=token))
        admin = await stack.enter_async_context(plane.client("admin"))
        settings = {
            "oidc_issuer": issuer.url,
            "client_secret": SecretStr("secret"),
            "control_plane_url": plane.url,
            "etcd_endpoints": [etcd.endpoint],
            "etcd_prefix": plane.settings.etcd_prefix,
            "leader_lease_ttl_seconds": 2,
            "shutdown_grace_seconds": 2,
            # long enough that nothing in these tests happens by polling
            "resync_seconds": 600,
        }
        around = Surroundings(plane, ControlPlaneApiClient(http), admin, settings)
        await around.post("/api/v1/worker-templates", TEMPLATE)
        no_floor = {"least_lead_seconds": 0, "least_teardown_seconds": 0}
        body = {"policy": no_floor, "reason": "the labs of these tests are there at once"}
        (await admin.put("/api/v1/system/settings", json=body)).raise_for_status()
        yield around


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)
