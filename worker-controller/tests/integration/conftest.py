"""The whole surroundings of the service, real or simulated, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.auth import StaticTokenSource
from lcm_core.contracts.workers import RequestScaleUp
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, ScaleUpDemand
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.integration.http import JsonHttpClient
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.http_server import serving
from lcm_core.testing.mongo_server import MongoServer, mongo_server
from lcm_core.testing.oidc_issuer import oidc_issuer
from lcm_simulators.cml.runtime.process import Simulator, running_simulator
from lcm_simulators.cml.settings import CmlSettings
from lcm_simulators.cml.testing import two_free_ports
from worker_controller.main import build_app
from worker_controller.settings import WorkerControllerSettings

TEMPLATE: dict[str, Any] = {
    "name": "enterprise-large",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "ami": {"name_pattern": "CML-*", "min_version": "2.9.0"},
    "capacity": {"cpu_cores": 48, "memory_gb": 192, "storage_gb": 500, "nodes": 320, "ports": 8000},
    "license_type": "ENTERPRISE",
    "startup_seconds": 60,
    "cost_per_hour_usd": 5.1,
}


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
    control_plane: RunningControlPlane
    client: ControlPlaneApiClient
    cml: Simulator
    account: Any
    settings: dict[str, Any]

    @asynccontextmanager
    async def service(self, **changes: Any) -> AsyncIterator[str]:
        """One instance of worker-controller; its base URL."""
        settings = WorkerControllerSettings(**(self.settings | {"instance_id": uuid4().hex[:8]} | changes))
        async with serving(build_app(settings)) as url:
            yield url

    async def ask_for_worker(self) -> str:
        body = RequestScaleUp(template_name="enterprise-large", demand=ScaleUpDemand(key=uuid4().hex, reason="test"))
        return (await self.client.workers.request_scale_up(body)).worker_id

    async def worker(self, worker_id: str) -> CMLWorkerReadModel:
        return await self.client.workers.get(worker_id)

    async def until_status(self, worker_id: str, status: CMLWorkerStatus, seconds: float = 40) -> CMLWorkerReadModel:
        return await self.until(worker_id, lambda row: row.status is status, seconds)

    async def until(
        self, worker_id: str, holds: Callable[[CMLWorkerReadModel], bool], seconds: float = 40
    ) -> CMLWorkerReadModel:
        async def look() -> CMLWorkerReadModel | None:
            row = await self.worker(worker_id)
            return row if holds(row) else None

        return await awaited(look, seconds)

    def instances(self) -> list[tuple[str, str]]:
        """(worker id, state) of each instance that is not terminated."""
        found = self.account.client("ec2").describe_instances()["Reservations"]
        rows = [row for reservation in found for row in reservation["Instances"]]
        return [
            (next(tag["Value"] for tag in row["Tags"] if tag["Key"] == "lcm:worker-id"), row["State"]["Name"])
            for row in rows
            if row["State"]["Name"] != "terminated"
        ]


async def awaited(look: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    async with asyncio.timeout(seconds):
        while (found := await look()) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return found


@pytest.fixture
async def surroundings(
    mongo: MongoServer, etcd: EtcdServer, aws_account: Any, tmp_path: Path
) -> AsyncIterator[Surroundings]:
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(oidc_issuer({"worker-controller": ("secret", ["service"])}))
        plane = await stack.enter_async_context(running_control_plane(mongo, etcd, issuer))
        https_port, ssh_port = two_free_ports("127.0.0.1")
        cml_settings = CmlSettings(
            ec2_endpoint_url=aws_account.endpoint_url,
            ec2_poll_seconds=0.1,
            https_port=https_port,
            ssh_port=ssh_port,
            control_port=0,
            boot_seconds=0.2,
            time_scale=0.008,
            state_dir=tmp_path / "cml",
        )
        cml = await stack.enter_async_context(running_simulator(cml_settings))
        token = StaticTokenSource(SecretStr(plane.token("service", client_id="resource-scheduler")))
        http = await stack.enter_async_context(JsonHttpClient("control-plane-api", plane.url, token_source=token))
        async with plane.client("admin") as admin:
            answer = await admin.post("/api/v1/worker-templates", json=TEMPLATE, headers={"Idempotency-Key": "t"})
            answer.raise_for_status()
        settings = {
            "oidc_issuer": issuer.url,
            "client_secret": SecretStr("secret"),
            "control_plane_url": plane.url,
            "etcd_endpoints": [etcd.endpoint],
            "etcd_prefix": plane.settings.etcd_prefix,
            "leader_lease_ttl_seconds": 2,
            "shutdown_grace_seconds": 2,
            "aws_endpoint_url": aws_account.endpoint_url,
            "fleet": aws_account.fleet,
            "cml_password": SecretStr(cml_settings.admin_password),
            "cml_https_port": cml_settings.https_port,
            "cml_ca_file": cml_settings.ca_path,
            "license_token_enterprise": SecretStr("good-token"),
            "transition_shortest_seconds": 0.1,
            "liveness_seconds": 0.5,
            "liveness_close_seconds": 0.5,
            "liveness_idle_seconds": 0.5,
            "instances_seconds": 0.5,
            "metrics_seconds": 0.5,
            "resting_look_seconds": 1,
        }
        yield Surroundings(plane, ControlPlaneApiClient(http), cml, aws_account, settings)
