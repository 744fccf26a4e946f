"""A herd of bookings within one second over HTTP: how soon is each answered, and is each right?

One service in a process of its own, with a database and an etcd of its own; the callers are this process, each with a
connection of its own and a client that costs little, because all share the processors. Requests are spread evenly over
the second, each on its own time whatever became of those before.
"""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta

import aiohttp

from bench.service import Service, client, running_service, seed
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.mongo_server import MongoServer, mongo_server
from lcm_core.testing.oidc_issuer import OidcIssuer, oidc_issuer

BOOKINGS = 300
WITHIN_SECONDS = 1.0


def run() -> list[str]:
    with mongo_server(on_disk=True) as mongo, etcd_server(on_disk=True) as etcd:
        return asyncio.run(_measure(mongo, etcd))


async def _measure(mongo: MongoServer, etcd: EtcdServer) -> list[str]:
    async with (
        oidc_issuer({}) as issuer,
        running_service(mongo, etcd, issuer, "bench_herd") as service,
        client(service.url, issuer, "admin") as admin,
        callers(service, issuer) as lms,
    ):
        definition_id = await seed(admin)
        cold = await _herd(lms, definition_id, days_ahead=1)
        warm = await _herd(lms, definition_id, days_ahead=2)
        full = await _herd(lms, definition_id, days_ahead=1)
    return [
        f"{BOOKINGS} bookings within {WITHIN_SECONDS:.0f} s, callers on the same machine; budget p99 < 1000 ms",
        _told("empty fleet", cold),
        _told("workers planned", warm),
        _told("no room", full),
    ]


def callers(service: Service, issuer: OidcIssuer) -> aiohttp.ClientSession:
    """As many as there are bookings, of one LMS."""
    return aiohttp.ClientSession(
        service.url,
        connector=aiohttp.TCPConnector(limit=BOOKINGS),
        headers={"Authorization": f"Bearer {issuer.token(['lms'], client_id='bench')}"},
        timeout=aiohttp.ClientTimeout(total=30),
    )


async def _herd(http: aiohttp.ClientSession, definition_id: str, days_ahead: int) -> list[tuple[int, float]]:
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
        async with http.post("/api/v1/reservations", json=body, headers=headers) as answer:
            await answer.read()
            return answer.status, asyncio.get_running_loop().time() - due

    return list(await asyncio.gather(*(one(number) for number in range(BOOKINGS))))


def _told(what: str, answers: list[tuple[int, float]]) -> str:
    seconds = sorted(each for _, each in answers)
    p99 = seconds[int(len(seconds) * 0.99) - 1]
    statuses = ", ".join(f"{count} × {status}" for status, count in sorted(Counter(s for s, _ in answers).items()))
    return (
        f"{what:16} p50 {statistics.median(seconds) * 1000:5.0f} ms   p99 {p99 * 1000:5.0f} ms   "
        f"worst {seconds[-1] * 1000:5.0f} ms   {statuses}"
    )
