"""The whole service on real sockets: etcd, an issuer, the far ends; the record is kept in memory behind HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr

from lablet_controller.main import build_app
from lablet_controller.settings import LabletControllerSettings
from lcm_core.clock import SystemClock
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.coordination import EtcdClient
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.hosting.problems import install_problem_handlers
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.http_server import serving
from lcm_core.testing.oidc_issuer import OidcIssuer, oidc_issuer
from lcm_simulators.cml.testing import RunningHost
from lcm_simulators.lds.testing import RunningLds

from .conftest import CHAIN
from .fake_control_plane import FakeControlPlane

S = LabletSessionStatus
CONTENT = '<lab_content><device device_label="R1" user_access_mode="local"/></lab_content>'


@pytest.fixture(scope="module")
def etcd() -> Iterator[EtcdServer]:
    with etcd_server() as server:
        yield server


def control_plane_app(plane: FakeControlPlane) -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/health/live")
    async def live() -> dict[str, bool]:
        return {"alive": True}

    @app.api_route("/api/internal/{path:path}", methods=["GET", "POST", "PUT"])
    async def internal(path: str, request: Request) -> Any:
        body = await request.json() if request.method != "GET" else None
        if path == "service-settings":
            return {"applied": True}  # told by every instance, whether it leads or not
        plane.epochs.append(request.headers.get("X-LCM-Leader-Epoch"))
        params = {
            "worker_id": request.query_params.get("worker_id"),
            "status": request.query_params.getlist("status"),
        }
        return await plane.request(request.method, f"/api/internal/{path}", params=params, json=body)

    return app


@dataclass(slots=True)
class Bench:
    settings: dict[str, Any]
    plane: FakeControlPlane
    issuer: OidcIssuer
    etcd: EtcdServer

    @asynccontextmanager
    async def service(self, instance: str) -> AsyncIterator[httpx2.AsyncClient]:
        settings = LabletControllerSettings(**{**self.settings, "instance_id": instance})
        headers = {"Authorization": f"Bearer {self.issuer.token(['operator'])}"}
        async with (
            serving(build_app(settings)) as url,
            httpx2.AsyncClient(base_url=url, headers=headers, timeout=10) as http,
        ):
            yield http

    async def wake(self, session_id: str) -> None:
        """What control-plane-api does after a commit."""
        async with EtcdClient([self.etcd.endpoint]) as client:
            await client.put(f"{self.settings['etcd_prefix']}/sessions/{session_id}/status", "{}")

    async def until(self, session_id: str, status: LabletSessionStatus) -> None:
        async def reached() -> bool:
            return self.plane.session(session_id).status is status

        await eventually(reached)


async def eventually(met: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await met():  # noqa: ASYNC110 - it happens in other processes, which set no event here
            await asyncio.sleep(0.02)


async def leads(http: httpx2.AsyncClient) -> bool:
    return (await http.get("/info")).json()["leader"] is True


async def eventually_leads(http: httpx2.AsyncClient) -> None:
    await eventually(lambda: leads(http))


@pytest.fixture
async def bench(etcd: EtcdServer, cml: RunningHost, lds_system: RunningLds, tmp_path: Path) -> AsyncIterator[Bench]:
    deployments = tmp_path / "lds.yaml"
    deployments.write_text(f"deployments: [{{id: local, base_url: '{lds_system.url}'}}]\n")
    plane = FakeControlPlane(SystemClock(), ContentPackage(hash="h", topology_yaml=CHAIN, content_xml=CONTENT))
    plane.add_worker("worker-1", cml.address)
    async with (
        oidc_issuer({"lablet-controller": ("secret", ["service"])}) as issuer,
        serving(control_plane_app(plane)) as control_plane_url,
    ):
        settings = {
            "etcd_endpoints": [etcd.endpoint],
            "etcd_prefix": f"/test-{tmp_path.name}",
            "control_plane_url": control_plane_url,
            "oidc_issuer": issuer.url,
            "client_secret": SecretStr("secret"),
            "leader_lease_ttl_seconds": 2,
            "shutdown_grace_seconds": 2,
            "cml_password": SecretStr(cml.password),
            "cml_https_port": int(cml.base_url.rpartition(":")[2]),
            "cml_ssh_port": cml.ssh_port,
            "cml_ca_file": Path(cml.ca_file),
            "lds_deployments_config_path": deployments,
            "lds_password": SecretStr(lds_system.password),
        }
        yield Bench(settings, plane, issuer, etcd)


async def test_a_session_that_begins_becomes_ready_when_it_is_told_of(bench: Bench) -> None:
    async with bench.service("a") as http:
        await eventually_leads(http)
        session_id = bench.plane.add_session("worker-1")
        await bench.wake(session_id)
        await bench.until(session_id, S.READY)
    assert all(epoch is not None for epoch in bench.plane.epochs)


async def test_of_two_instances_one_works_and_the_other_takes_over(bench: Bench) -> None:
    async with bench.service("a") as first:
        await eventually_leads(first)
        async with bench.service("b") as second:
            assert not await leads(second)
            assert (await second.get("/health/ready")).status_code == 200
            assert (await first.post("/api/admin/reconciliation/resign")).status_code == 202
            await eventually_leads(second)
            session_id = bench.plane.add_session("worker-1")
            await bench.wake(session_id)
            await bench.until(session_id, S.READY)
            assert not await leads(first)


async def test_events_are_taken_by_an_instance_that_does_not_lead(bench: Bench) -> None:
    async with bench.service("a") as first, bench.service("b") as second:

        async def one_leads() -> bool:
            return await leads(first) or await leads(second)

        await eventually(one_leads)
        session_id = bench.plane.add_session("worker-1")
        await bench.wake(session_id)
        await bench.until(session_id, S.READY)
        follower = second if await leads(first) else first
        event = {
            "specversion": "1.0",
            "id": "1",
            "source": "urn:lds:local",
            "type": "lds.session.started",
            "data": {"session_id": bench.plane.session(session_id).lds_session_id},
        }
        headers = {
            "content-type": "application/cloudevents+json",
            "Authorization": f"Bearer {bench.issuer.token(['event_source'])}",
        }
        bench.plane.epochs.clear()
        answer = await follower.post("/api/events", json=event, headers=headers)
        assert answer.status_code == 202, answer.text
        assert answer.json()["events"][0]["fate"] == "applied"
        assert bench.plane.session(session_id).status is S.RUNNING
        assert None in bench.plane.epochs


async def test_what_operators_and_probes_ask_is_answered(bench: Bench) -> None:
    async with bench.service("a") as http:
        await eventually_leads(http)
        ready = (await http.get("/health/ready")).json()
        assert {check["name"] for check in ready["checks"]} >= {"etcd", "control-plane-api", "lablet-reconciler"}
        assert (await http.get("/metrics")).status_code == 200
        status = (await http.get("/api/admin/reconciliation")).json()
        names = {"sessions", "worker-changes", "contents", "buckets", "warm-pools", "due-events", "parked-events"}
        assert {loop["name"] for loop in status["loops"]} == names | {"orphans"}
        anonymous = await http.get("/api/admin/reconciliation", headers={"Authorization": ""})
        assert anonymous.status_code == 401
