"""A herd of bookings within one second over HTTP: how soon is each answered, and is each right?

One service in a process of its own, with a database and an etcd of its own; the callers are this process. Requests are
spread evenly over the second, each on its own time whatever became of those before.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.mongo_server import MongoServer, mongo_server
from lcm_core.testing.oidc_issuer import OidcIssuer, oidc_issuer

BOOKINGS = 300
WITHIN_SECONDS = 1.0
TOPOLOGY = """
lab: {title: One router, version: 0.2.2}
nodes: [{id: n0, label: r1, node_definition: iosv, tags: ["serial:5001"], interfaces: []}]
links: []
"""


def run() -> list[str]:
    with mongo_server(on_disk=True) as mongo, etcd_server(on_disk=True) as etcd:
        return asyncio.run(_measure(mongo, etcd))


async def _measure(mongo: MongoServer, etcd: EtcdServer) -> list[str]:
    async with oidc_issuer({}) as issuer, _service(mongo, etcd, issuer) as url:
        admin = _client(url, issuer, "admin")
        async with admin, _client(url, issuer, "lms") as lms:
            definition_id = await _seed(admin)
            cold = await _herd(lms, definition_id, days_ahead=1)
            warm = await _herd(lms, definition_id, days_ahead=2)
            full = await _herd(lms, definition_id, days_ahead=1)
    return [
        f"{BOOKINGS} bookings within {WITHIN_SECONDS:.0f} s, callers on the same machine; budget p99 < 1000 ms",
        _told("empty fleet", cold),
        _told("workers planned", warm),
        _told("no room", full),
    ]


async def _herd(http: httpx2.AsyncClient, definition_id: str, days_ahead: int) -> list[tuple[int, float]]:
    start = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=days_ahead)
    began = asyncio.get_running_loop().time()

    async def one(number: int) -> tuple[int, float]:
        due = began + number * WITHIN_SECONDS / BOOKINGS
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        body = {
            "definition_id": definition_id,
            "candidate": {"username": f"learner-{number}"},
            "start": start.isoformat(),
            "duration_minutes": 60,
            "external_id": f"{days_ahead}/{number}/{began}",
        }
        headers = {"Idempotency-Key": f"{days_ahead}-{number}-{began}"}
        answer = await http.post("/api/v1/reservations", json=body, headers=headers)
        return answer.status_code, asyncio.get_running_loop().time() - due

    return list(await asyncio.gather(*(one(number) for number in range(BOOKINGS))))


def _told(what: str, answers: list[tuple[int, float]]) -> str:
    seconds = sorted(each for _, each in answers)
    p99 = seconds[int(len(seconds) * 0.99) - 1]
    statuses = ", ".join(f"{count} × {status}" for status, count in sorted(Counter(s for s, _ in answers).items()))
    return (
        f"{what:16} p50 {statistics.median(seconds) * 1000:5.0f} ms   p99 {p99 * 1000:5.0f} ms   "
        f"worst {seconds[-1] * 1000:5.0f} ms   {statuses}"
    )


async def _seed(admin: httpx2.AsyncClient) -> str:
    template = {
        "name": "metal",
        "region": "us-east-1",
        "instance_type": "m5zn.metal",
        "capacity": {"cpu_cores": 48, "memory_gb": 192, "storage_gb": 1000, "nodes": 100, "ports": 500},
        "license_type": "ENTERPRISE",
        "cost_per_hour_usd": 3.9,
    }
    lab = {
        "name": "one-router",
        "form_qualified_name": "Exam CCNP v1 LAB 1.1",
        "topology_yaml": TOPOLOGY,
        "requirements": {"cpu_cores": 2, "memory_gb": 4, "storage_gb": 4, "nodes": 1, "ports": 1},
        "max_duration_minutes": 120,
    }
    policy = {"policy": {"max_workers_per_region": 15}, "reason": "measured"}
    answers = [
        await admin.post("/api/v1/worker-templates", json=template),
        await admin.put("/api/v1/system/settings", json=policy),
        await admin.post("/api/v1/lablet-definitions", json=lab),
    ]
    for answer in answers:
        answer.raise_for_status()
    return answers[-1].json()["id"]


def _client(url: str, issuer: OidcIssuer, role: str) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=100, max_keepalive_connections=100)
    headers = {"Authorization": f"Bearer {issuer.token([role], client_id='bench')}"}
    return httpx2.AsyncClient(base_url=url, headers=headers, timeout=30, limits=limits)


@asynccontextmanager
async def _service(mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer) -> AsyncGenerator[str]:
    """control-plane-api as it runs in production, on a port that the system chooses."""
    settings: dict[str, Any] = {
        "MONGO_URI": mongo.uri,
        "MONGO_DATABASE": "bench_herd",
        "ETCD_ENDPOINTS": etcd.endpoint,
        "ETCD_PREFIX": "/bench-herd",
        "OIDC_ISSUER": issuer.url,
        "PORT": str(_free_port()),
        "LOG_LEVEL": "WARNING",
    }
    environment = os.environ | {f"CONTROL_PLANE_{name}": value for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "control_plane_api", env=environment)
    url = f"http://127.0.0.1:{settings['PORT']}"
    try:
        await _until_ready(url, process)
        yield url
    finally:
        process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def _until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + 60
    async with httpx2.AsyncClient(base_url=url) as http:
        while time.monotonic() < deadline and process.returncode is None:
            try:
                if (await http.get("/health/ready")).is_success:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError("control-plane-api did not become ready")
