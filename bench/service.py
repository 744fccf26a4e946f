"""control-plane-api in a process of its own, as it runs in production, for measurements from outside."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from local_stack.plan import free_port

from control_plane_api.testing.bookable import DEFINITION, TEMPLATE
from lcm_core.auth.rate_limits import LIMIT_NAMES
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer

_END_SECONDS = 30.0
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Service:
    """A process that answers at *url*."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """What it has used of the processors since it began."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


async def seed(admin: httpx2.AsyncClient) -> str:
    """A worker template, room for fifteen of its workers, and a small lab; the id of its definition."""
    template = TEMPLATE | {"license_type": "ENTERPRISE"}
    little = {"cpu_cores": 2, "memory_gb": 4, "storage_gb": 4, "nodes": 1, "ports": 0}
    lab = DEFINITION | {"requirements": little, "max_duration_minutes": 120}
    policy = {"policy": {"max_workers_per_region": 15}, "reason": "measured"}
    answers = [
        await admin.post("/api/v1/worker-templates", json=template),
        await admin.put("/api/v1/system/settings", json=policy),
        await admin.post("/api/v1/lablet-definitions", json=lab),
    ]
    for answer in answers:
        if answer.is_error:
            raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
    return answers[-1].json()["id"]


def client(url: str, issuer: OidcIssuer, role: str) -> httpx2.AsyncClient:
    """A caller with *role*, on a hundred connections at most."""
    limits = httpx2.Limits(max_connections=100, max_keepalive_connections=100)
    headers = {"Authorization": f"Bearer {issuer.token([role], client_id='bench')}"}
    return httpx2.AsyncClient(base_url=url, headers=headers, timeout=30, limits=limits)


@asynccontextmanager
async def running_service(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer, database: str
) -> AsyncGenerator[Service]:
    """control-plane-api on a port that the system chooses, without limits on how often one caller asks."""
    settings: dict[str, Any] = {
        "MONGO_URI": mongo.uri,
        "MONGO_DATABASE": database,
        "ETCD_ENDPOINTS": etcd.endpoint,
        "ETCD_PREFIX": f"/{database}",
        "OIDC_ISSUER": issuer.url,
        "PORT": str(free_port()),
        "LOG_LEVEL": "WARNING",
        "RATE_LIMITS": ",".join(f"{name}=0" for name in LIMIT_NAMES),
    }
    environment = {f"CONTROL_PLANE_{name}": value for name, value in settings.items()}
    async with process_at(int(settings["PORT"]), ["control_plane_api"], "/health/ready", environment) as service:
        yield service


@asynccontextmanager
async def process_at(
    port: int, module: list[str], ready_path: str, environment: dict[str, str]
) -> AsyncGenerator[Service]:
    """A Python module with its arguments that serves HTTP at *port*; ended at the end."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *module, env=os.environ | environment)
    url = f"http://127.0.0.1:{port}"
    try:
        await _until_ready(url + ready_path, process)
        yield Service(url, process.pid)
    finally:
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + 60
    async with httpx2.AsyncClient() as http:
        while time.monotonic() < deadline and process.returncode is None:
            try:
                if (await http.get(url)).is_success:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError(f"nothing became ready at {url}")
