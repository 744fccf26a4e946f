"""How long after its commit a change is with those who watch, and how many can.

Everything in one run and on one machine: the control plane that commits in this process, all browsers in another, which
calls back with the moments at which half of them and the last of them had the event. The rival is the least that could
tell anybody of anything: a raw put on etcd and a watch on it, in one process. The other rival is a bare queue for each
reader with server-sent events behind it, without filter or limit, that sends the same bytes to as many readers.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from bench.live_readers import Arrivals, reader_process
from bench.report import keep, table
from control_plane_api.api import live_frames
from control_plane_api.api.live_stream_response import LiveStreamResponse
from control_plane_api.application.live.live_event import LiveChange
from control_plane_api.application.live.live_event_hub import LiveEventHub, Place
from control_plane_api.domain.entities import LabletSession, read_model_of
from control_plane_api.testing.builders import Recorder, a_session, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.coordination import EtcdClient, WatchResync
from lcm_core.domain.commit import Commit, CommitMetadata, RecordedEvent
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.hosting.collector import start_set_aside
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.http_server import serving
from lcm_core.testing.mongo_server import MongoServer, mongo_server
from lcm_core.testing.oidc_issuer import OidcIssuer, oidc_issuer

STREAMS = (1, 50, 200, 1_000)
COMMITS = 60
PAUSE_SECONDS = 0.1
FAN_OUT_READERS = 100
FAN_OUT_EVENTS = 200
ROUNDS = 3
WAIT_SECONDS = 120
BUDGET_P50, BUDGET_P99, BUDGET_FAN_OUT = 6.0, 12.0, 0.9


@dataclass(frozen=True, slots=True)
class Latency:
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        ordered = sorted(seconds)
        return cls(statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000)


def run() -> list[str]:
    with mongo_server(on_disk=True) as mongo, etcd_server(on_disk=True) as etcd:
        return asyncio.run(_measure(mongo, etcd))


async def _measure(mongo: MongoServer, etcd: EtcdServer) -> list[str]:
    rival = await _put_to_watch(etcd)
    ours = {streams: await _commit_to_callback(mongo, etcd, streams) for streams in STREAMS}
    hub_rate, queue_rate = await _fan_out()
    ratio = hub_rate / queue_rate
    p50, p99 = ours[50].p50_ms / rival.p50_ms, ours[50].p99_ms / rival.p99_ms
    keep(
        "live-stream",
        {
            "commits": COMMITS,
            "etcd_put_to_watch": {"p50_ms": rival.p50_ms, "p99_ms": rival.p99_ms},
            "commit_to_callback": {
                str(streams): {"p50_ms": each.p50_ms, "p99_ms": each.p99_ms} for streams, each in ours.items()
            },
            "ratio_at_50": {"p50": p50, "p99": p99, "budget_p50": BUDGET_P50, "budget_p99": BUDGET_P99},
            "fan_out": {"hub": hub_rate, "bare_queue": queue_rate, "ratio": ratio, "budget": BUDGET_FAN_OUT},
        },
    )
    rows = [("etcd, raw put to watch", f"{rival.p50_ms:.1f}", f"{rival.p99_ms:.1f}")]
    rows += [(f"commit to callback, {n} streams", f"{t.p50_ms:.1f}", f"{t.p99_ms:.1f}") for n, t in ours.items()]
    return [
        *table("from writing to being told", ("", "p50 ms", "p99 ms"), rows),
        f"50 streams against etcd   p50 {p50:.1f} x (budget <= {BUDGET_P50:g})   p99 {p99:.1f} x (<= {BUDGET_P99:g})",
        f"fan-out to {FAN_OUT_READERS} readers   {hub_rate:.0f} events/s, a bare queue {queue_rate:.0f}   "
        f"ratio {ratio:.2f} (budget >= {BUDGET_FAN_OUT:g})",
    ]


async def _put_to_watch(etcd: EtcdServer) -> Latency:
    taken: list[float] = []
    prefix, ready = f"/bench-{uuid4().hex[:8]}/", asyncio.Event()
    async with EtcdClient([etcd.endpoint]) as client:
        arrived: asyncio.Queue[float] = asyncio.Queue()

        async def watch() -> None:
            async for batch in client.watch_prefix(prefix):
                if isinstance(batch, WatchResync):
                    ready.set()
                else:
                    arrived.put_nowait(time.monotonic())

        watching = asyncio.create_task(watch())
        async with asyncio.timeout(WAIT_SECONDS):
            await ready.wait()
            for number in range(COMMITS):
                begun = time.monotonic()
                await client.put(f"{prefix}{number}", "{}")
                taken.append(await arrived.get() - begun)
                await asyncio.sleep(PAUSE_SECONDS)
        watching.cancel()
        await asyncio.wait({watching})
    return Latency.of(taken)


async def _commit_to_callback(mongo: MongoServer, etcd: EtcdServer, streams: int) -> Latency:
    """From before the commit until the callback: the p50 of the browser in the middle, the p99 of the last one."""
    async with oidc_issuer() as issuer, _plane(mongo, etcd, issuer) as plane:
        url = f"{plane.url}/api/v1/events/stream"
        async with reader_process(url, streams, plane.token("viewer"), WAIT_SECONDS) as arrivals:
            record = Recorder(plane.db)
            taken = [await _once(record, arrivals) for _ in range(COMMITS)]
    middle, last = Latency.of([each[0] for each in taken]), Latency.of([each[1] for each in taken])
    return Latency(middle.p50_ms, last.p99_ms)


@asynccontextmanager
async def _plane(mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer) -> AsyncGenerator[RunningControlPlane]:
    """All readers are one caller here, who would otherwise get a few streams only. The collector of garbage is told
    what belongs to the start, as by every service that runs as a process (``lcm_core.hosting.serve``)."""
    async with running_control_plane(mongo, etcd, issuer, stream_most_per_caller=0) as plane:
        with start_set_aside():
            yield plane


async def _once(record: Recorder, arrivals: Arrivals) -> tuple[float, float]:
    session = a_session()
    begun = time.monotonic()
    await record.commit(session)
    middle, last = await arrivals.of(f"lablet_session-{session.id}@1")
    await asyncio.sleep(PAUSE_SECONDS)
    return middle - begun, last - begun


async def _fan_out() -> tuple[float, float]:
    """Events per second from one process to all readers: our hub, and a bare queue per reader, in turns."""
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        ours.append(await _rate(_hub_app()))
        bare.append(await _rate(_queue_app()))
    return statistics.median(ours), statistics.median(bare)


@dataclass(frozen=True, slots=True)
class FanOut:
    app: Starlette
    publish: Callable[[int], None]


async def _rate(fan_out: FanOut) -> float:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(fan_out.app))
        arrivals = await stack.enter_async_context(reader_process(f"{url}/stream", FAN_OUT_READERS, "", WAIT_SECONDS))
        begun = time.monotonic()
        for number in range(FAN_OUT_EVENTS):
            fan_out.publish(number)
            await asyncio.sleep(0)
        _, last = await arrivals.of(f"lablet_session-{FAN_OUT_EVENTS - 1}@1")
        return FAN_OUT_EVENTS * FAN_OUT_READERS / (last - begun)


def _hub_app() -> FanOut:
    hub = LiveEventHub(live_frames.encode, replay_commits=5_000, queue_events=2_000)
    change = _change()

    async def frames() -> AsyncGenerator[bytes]:
        with hub.subscribe(after=Place(hub.position)) as subscription:
            yield b"event: snapshot\ndata: {}\n\n"
            while (each := await subscription.next_frames()) is not None:
                yield each

    async def stream(_: Request) -> LiveStreamResponse:
        return LiveStreamResponse(frames())

    return FanOut(Starlette(routes=[Route("/stream", stream)]), lambda number: hub.publish(change(number)))


def _queue_app() -> FanOut:
    queues: set[asyncio.Queue[bytes]] = set()
    change = _change()

    async def frames() -> AsyncGenerator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.add(queue)
        yield b"event: snapshot\ndata: {}\n\n"
        while True:
            yield await queue.get()

    async def stream(_: Request) -> StreamingResponse:
        return StreamingResponse(frames(), media_type="text/event-stream")

    def publish(number: int) -> None:
        encoded = b"".join(live_frames.encode(change(number)))
        for queue in queues:
            queue.put_nowait(encoded)

    return FanOut(Starlette(routes=[Route("/stream", stream)]), publish)


def _change() -> Callable[[int], LiveChange]:
    session: LabletSession = a_session(stamp=now_stamp())
    row = read_model_of(session, LabletSessionReadModel)
    metadata = CommitMetadata(actor="bench", correlation_id="bench", at=datetime.now(UTC))
    event = RecordedEvent(type="lablet_session.created.v1", data={"owner_id": "bench"})

    def numbered(number: int) -> LiveChange:
        commit = Commit.model_construct(
            stream=f"lablet_session-{number}",
            kind="lablet_session",
            aggregate_id=str(number),
            version=1,
            events=(event,),
            metadata=metadata,
            prev_hash="",
            hash="",
        )
        return LiveChange(commit, row)

    return numbered
