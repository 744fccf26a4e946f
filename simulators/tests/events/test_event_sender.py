import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from lcm_simulators.events import EventSender
from lcm_simulators.faults import EVENT_KINDS, FaultPlan, FaultSpec
from lcm_simulators.serving import serve_in_process
from lcm_simulators.settings import EventSenderSettings
from lcm_simulators.storage import Database


@dataclass
class Sink:
    """Takes CloudEvents like the real ingestor, and can be told to refuse."""

    received: list[CloudEvent] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    tokens_issued: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/token")
        async def token(request: Request) -> dict[str, object]:
            assert request.headers["authorization"].startswith("Basic ")
            self.tokens_issued += 1
            return {"access_token": f"token-{self.tokens_issued}", "expires_in": 300}

        @app.post("/api/events")
        async def events(request: Request) -> Response:
            status = self.statuses.pop(0) if self.statuses else 202
            async with self.changed:
                self.headers.append(dict(request.headers))
                if status < 300:
                    message = HTTPMessage(dict(request.headers), await request.body())
                    event = from_http(message, JSONFormat(), CloudEvent)
                    assert isinstance(event, CloudEvent)
                    self.received.append(event)
                self.changed.notify_all()
            return Response(status_code=status)

        return app

    async def wait_for(self, count: int) -> list[CloudEvent]:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.received) >= count)
        return self.received


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
async def sink_url(sink: Sink) -> AsyncIterator[str]:
    async with serve_in_process(sink.app()) as url:
        yield url


@pytest.fixture
def plan() -> FaultPlan:
    return FaultPlan(EVENT_KINDS)


Start = Callable[..., Awaitable[EventSender]]


@pytest.fixture
async def start(sink_url: str, plan: FaultPlan, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a sender on the same database each time it is called, stopping the one before as if killed."""
    running: list[asyncio.Task[None]] = []
    databases: list[Database] = []

    async def stop() -> None:
        for task in running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        running.clear()

    async def starter(*, deliver: bool = True, **settings: object) -> EventSender:
        await stop()
        database = Database(tmp_path / "state.sqlite3")
        databases.append(database)
        merged = EventSenderSettings.model_validate({"event_sink_url": f"{sink_url}/api/events", **settings})
        sender = EventSender(database, merged, plan)
        if deliver:
            running.append(asyncio.create_task(sender.run()))
        return sender

    yield starter
    await stop()
    for database in databases:
        database.close()


def _send(sender: EventSender, *types: str, subject: str = "s1") -> list[str]:
    return [sender.enqueue(type_, "urn:lds:test", subject, {"session_id": subject}) for type_ in types]


@pytest.mark.parametrize("mode", ["structured", "binary"])
async def test_event_arrives_as_cloudevent(sink: Sink, start: Start, mode: str) -> None:
    sender = await start(event_mode=mode)
    [event_id] = _send(sender, "lds.session.started")
    [event] = await sink.wait_for(1)
    assert (event.get_id(), event.get_type(), event.get_source(), event.get_subject(), event.get_data()) == (
        event_id,
        "lds.session.started",
        "urn:lds:test",
        "s1",
        {"session_id": "s1"},
    )


async def test_event_refused_is_sent_again_until_accepted(sink: Sink, start: Start) -> None:
    sink.statuses = [500, 503]
    sender = await start()
    _send(sender, "a")
    await sink.wait_for(1)
    assert len(sink.headers) == 3


async def test_events_of_one_subject_keep_their_order_when_the_first_is_refused(sink: Sink, start: Start) -> None:
    sink.statuses = [500]
    sender = await start()
    _send(sender, "a", "b", "c")
    assert [event.get_type() for event in await sink.wait_for(3)] == ["a", "b", "c"]


async def test_subject_does_not_wait_for_another_whose_event_is_refused(sink: Sink, start: Start) -> None:
    sink.statuses = [500]
    sender = await start()
    _send(sender, "a", subject="s1")
    _send(sender, "b", subject="s2")
    assert [event.get_type() for event in await sink.wait_for(2)] == ["b", "a"]


async def test_event_queued_before_a_crash_is_sent_after_it(sink: Sink, start: Start) -> None:
    dead = await start(deliver=False)
    [event_id] = _send(dead, "a")
    await start()
    [event] = await sink.wait_for(1)
    assert event.get_id() == event_id


async def test_event_of_a_rolled_back_change_is_not_sent(tmp_path: Path, plan: FaultPlan) -> None:
    database = Database(tmp_path / "state.sqlite3")
    sender = EventSender(database, EventSenderSettings(), plan)
    with contextlib.suppress(LookupError), database.transaction():
        _send(sender, "a")
        raise LookupError
    assert sender.queue.pending() == []
    database.close()


async def test_token_is_sent_and_renewed_when_refused(sink: Sink, sink_url: str, start: Start) -> None:
    sink.statuses = [401]
    sender = await start(token_url=f"{sink_url}/token", client_id="lds", client_secret=SecretStr("x"))
    _send(sender, "a", "b")
    await sink.wait_for(2)
    assert [headers["authorization"] for headers in sink.headers] == [
        "Bearer token-1",
        "Bearer token-2",
        "Bearer token-2",
    ]


async def test_dropped_event_never_arrives(sink: Sink, start: Start, plan: FaultPlan) -> None:
    sender = await start()
    plan.add(FaultSpec.model_validate({"kind": "event_drop", "match": {"event_type": "^a$"}}))
    _send(sender, "a", "b")
    assert [event.get_type() for event in await sink.wait_for(1)] == ["b"]
    assert sender.dropped_count == 1


async def test_duplicated_event_arrives_twice_with_one_id(sink: Sink, start: Start, plan: FaultPlan) -> None:
    sender = await start()
    plan.add(FaultSpec.model_validate({"kind": "event_duplicate"}))
    [event_id] = _send(sender, "a")
    assert [event.get_id() for event in await sink.wait_for(2)] == [event_id, event_id]


async def test_delayed_event_is_overtaken(sink: Sink, start: Start, plan: FaultPlan) -> None:
    sender = await start()
    plan.add(FaultSpec.model_validate({"kind": "event_delay", "latency_seconds": 0.4, "times": 1}))
    _send(sender, "a", "b")
    assert [event.get_type() for event in await sink.wait_for(2)] == ["b", "a"]


async def test_reordered_event_arrives_right_after_the_next(sink: Sink, start: Start, plan: FaultPlan) -> None:
    sender = await start()
    plan.add(FaultSpec.model_validate({"kind": "event_reorder", "latency_seconds": 60, "times": 1}))
    _send(sender, "a", "b")
    assert [event.get_type() for event in await sink.wait_for(2)] == ["b", "a"]


async def test_sink_that_is_away_at_first_gets_the_event_when_it_comes(
    sink: Sink, start: Start, unused_tcp_port: int
) -> None:
    sender = await start(event_sink_url=f"http://127.0.0.1:{unused_tcp_port}/api/events")
    _send(sender, "a")
    async with asyncio.timeout(5):
        while sender.queue.pending()[0].attempts == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with serve_in_process(sink.app(), port=unused_tcp_port):
        await sink.wait_for(1)
