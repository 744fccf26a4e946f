"""What the REST API costs: a session, a page of sessions, a reservation; against bare FastAPI and the raw driver.

Each answers the same questions on the same database in the same run, eight callers at a time, in turns; medians of the
rounds are compared. The services are processes of their own; requests per second of a core are requests by the
processor time of the process that answers, whatever the callers and the database use. At the end the first page of
6,000 sessions is asked for as the web UI does.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from local_stack.plan import free_port
from pymongo import AsyncMongoClient

from bench.api_rival import PAGE_ROWS, SESSIONS, Bookings, a_page, one_session
from bench.report import keep, table
from bench.service import Service, client, process_at, running_service, seed
from lcm_core.eventstore.collections import Database, Document
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.mongo_server import MongoServer, mongo_server
from lcm_core.testing.oidc_issuer import oidc_issuer

NAME = "bench_api"
CALLERS = 8
ROUNDS = 3
REQUESTS = {"get": 400, "list": 200, "reserve": 120}
PAGES = 40
LARGE_FLEET = 6_000
BUDGET_COMMAND, BUDGET_PAGE_MS, BUDGET_PAGE_KB = 0.5, 200.0, 50.0
OURS, RIVALS = ("/api/v1/lablet-sessions", "/api/v1/reservations"), ("/sessions", "/reservations")
Call = Callable[[], Awaitable[object]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of calls took: each in seconds, all together, and of a processor."""

    seconds: list[float]
    elapsed: float
    cpu: float

    def percentile_ms(self, percent: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000

    @property
    def per_core(self) -> float:
        return len(self.seconds) / max(self.cpu, 0.001)

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed


@dataclass(frozen=True, slots=True)
class Side:
    """One of those that are compared: a call for each question, and the clock of the processor time it uses."""

    name: str
    calls: dict[str, Call]
    cpu: Clock


def run() -> list[str]:
    with mongo_server(on_disk=True) as mongo, etcd_server(on_disk=True) as etcd:
        return asyncio.run(_measure(mongo, etcd))


async def _measure(mongo: MongoServer, etcd: EtcdServer) -> list[str]:
    port = free_port()
    rival = process_at(port, ["bench.api_rival", str(port), mongo.uri, NAME], "/ready", {})
    async with (
        oidc_issuer({}) as issuer,
        running_service(mongo, etcd, issuer, NAME) as ours,
        rival as bare,
        AsyncMongoClient[Document](mongo.uri) as store,
        client(ours.url, issuer, "admin") as admin,
        client(ours.url, issuer, "lms") as lms,
        httpx2.AsyncClient(base_url=bare.url, timeout=30) as plain,
    ):
        definition_id = await seed(admin)
        bodies = _bodies(definition_id)
        first = await _posted(lms, "/api/v1/reservations", next(bodies))
        session_id = first["session"]["id"]
        sides = (
            _service_side("LCM", ours, admin, lms, OURS, bodies, session_id),
            _service_side("bare FastAPI", bare, plain, plain, RIVALS, bodies, session_id),
            _raw_side(store[NAME], await Bookings.open(store, f"{NAME}_driver"), session_id),
        )
        for _ in range(PAGE_ROWS):
            await sides[0].calls["reserve"]()
        loads = {question: await _in_turns(sides, question) for question in REQUESTS}
        page = await _large_page(store[NAME], admin, session_id)
    return _told(loads, page)


def _service_side(
    name: str,
    service: Service,
    reader: httpx2.AsyncClient,
    booker: httpx2.AsyncClient,
    paths: tuple[str, str],
    bodies: Iterator[dict[str, Any]],
    session_id: str,
) -> Side:
    sessions, reservations = paths
    calls: dict[str, Call] = {
        "get": lambda: _read(reader, f"{sessions}/{session_id}"),
        "list": lambda: _read(reader, sessions),
        "reserve": lambda: _posted(booker, reservations, next(bodies)),
    }
    return Side(name, calls, service.cpu_seconds)


def _raw_side(db: Database, bookings: Bookings, session_id: str) -> Side:
    calls: dict[str, Call] = {
        "get": lambda: one_session(db, session_id),
        "list": lambda: a_page(db),
        "reserve": bookings.one,
    }
    return Side("raw driver", calls, time.process_time)


async def _read(http: httpx2.AsyncClient, path: str) -> bytes:
    return (await http.get(path)).raise_for_status().content


async def _posted(http: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> Any:
    return (await http.post(path, json=body)).raise_for_status().json()


def _bodies(definition_id: str) -> Iterator[dict[str, Any]]:
    """Bookings that all find room: forty at each of many times."""
    first = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for number in itertools.count():
        start = first + timedelta(hours=6 * (number // 40))
        yield {
            "definition_id": definition_id,
            "candidate": {"username": f"learner-{number}"},
            "start": start.isoformat(),
            "duration_minutes": 60,
        }


async def _in_turns(sides: tuple[Side, ...], question: str) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {side.name: [] for side in sides}
    for side in sides:
        await _load(side, question, CALLERS)
    for _ in range(ROUNDS):
        for side in sides:
            loads[side.name].append(await _load(side, question, REQUESTS[question]))
    return loads


async def _load(side: Side, question: str, requests: int) -> Load:
    seconds: list[float] = []
    left = iter(range(requests))

    async def caller() -> None:
        for _ in left:
            begun = time.perf_counter()
            await side.calls[question]()
            seconds.append(time.perf_counter() - begun)

    begun, cpu = time.perf_counter(), side.cpu()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return Load(seconds, time.perf_counter() - begun, side.cpu() - cpu)


async def _large_page(db: Database, http: httpx2.AsyncClient, session_id: str) -> dict[str, float]:
    """The first page of 6,000 sessions with their count: milliseconds and kilobytes, whole and in few fields."""
    pattern = await one_session(db, session_id)
    if pattern is None:
        raise RuntimeError("the session that was booked first is gone")
    begun = datetime.now(UTC)
    copies = [
        pattern
        | {
            "_id": f"{number:06}-{session_id}",
            "created_at": (begun - timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        for number in range(LARGE_FLEET)
    ]
    for first in range(0, LARGE_FLEET, 500):
        await db[SESSIONS].insert_many(copies[first : first + 500])
    few = "id,status,definition_name,candidate,timeslot,worker_id,status_changed_at"
    found: dict[str, float] = {}
    for name, query in (("whole", "?total=true"), ("few fields", f"?total=true&fields={few}")):
        taken: list[float] = []
        size = 0
        for _ in range(PAGES):
            started = time.perf_counter()
            answer = (await http.get(f"/api/v1/lablet-sessions{query}")).raise_for_status()
            size = answer.num_bytes_downloaded
            taken.append((time.perf_counter() - started) * 1000)
        found |= {
            f"{name}, p50 ms": statistics.median(taken),
            f"{name}, worst ms": max(taken),
            f"{name}, kB": size / 1000,
        }
    return found


def _told(loads: dict[str, dict[str, list[Load]]], page: dict[str, float]) -> list[str]:
    rows: list[tuple[str, ...]] = []
    shares: dict[str, float] = {}
    kept: dict[str, Any] = {"callers": CALLERS, "page_of_6000": page}
    for question, sides in loads.items():
        for name, rounds in sides.items():
            figures = {f"p{p}_ms": statistics.median(load.percentile_ms(p) for load in rounds) for p in (50, 95, 99)}
            figures["per_second"] = statistics.median(load.per_second for load in rounds)
            figures["per_core"] = statistics.median(load.per_core for load in rounds)
            kept.setdefault(question, {})[name] = figures
            rows.append((f"{question}, {name}", *(f"{each:.1f}" for each in figures.values())))
        ours, bare = kept[question]["LCM"], kept[question]["bare FastAPI"]
        shares[question] = ours["per_second"] / bare["per_second"]
    kept["share_of_bare_fastapi"] = shares
    keep("api", kept)
    return [
        *table(f"{CALLERS} callers at a time", ("", "p50 ms", "p95 ms", "p99 ms", "per s", "per s of a core"), rows),
        f"share of bare FastAPI   get {shares['get']:.2f}   list {shares['list']:.2f}   "
        f"reserve {shares['reserve']:.2f} (budget >= {BUDGET_COMMAND:g})",
        *(f"page of {LARGE_FLEET:,} sessions, {name} {value:.1f}" for name, value in page.items()),
        f"budgets of the page: {BUDGET_PAGE_MS:g} ms, {BUDGET_PAGE_KB:g} kB",
    ]
