"""Sends CloudEvents from the queue to the sink until each was accepted."""

import asyncio
import logging
import random
import time
import uuid
from datetime import UTC, datetime

import httpx2
from cloudevents.core.bindings.http import HTTPMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import JsonValue

from lcm_simulators.events.queue import EventQueue, QueuedEvent
from lcm_simulators.events.token import ClientCredentials
from lcm_simulators.faults import FaultKind, FaultPlan
from lcm_simulators.settings import EventSenderSettings
from lcm_simulators.storage import Database

_FIRST_BACKOFF_SECONDS = 0.2
_LONGEST_BACKOFF_SECONDS = 5.0
_DELIVERIES_AT_ONCE = 8
_DEFAULT_HOLD_SECONDS = 5.0
_FORMAT = JSONFormat()

log = logging.getLogger(__name__)


class EventSender:
    """At-least-once delivery, in order per subject.

    `enqueue` belongs in the transaction of the state change that it tells of: then neither is ever without the other.
    Event faults are drawn when an event is enqueued, so that its fate is decided once and survives a restart.
    """

    def __init__(self, database: Database, settings: EventSenderSettings, plan: FaultPlan) -> None:
        self._database = database
        self._queue = EventQueue(database)
        self._settings = settings
        self._plan = plan
        self._wake = asyncio.Event()
        self._busy_lanes: set[str] = set()
        self.delivered_count = 0
        self.dropped_count = 0

    @property
    def queue(self) -> EventQueue:
        """What is still to be delivered."""
        return self._queue

    def enqueue(self, type_: str, source: str, subject: str, data: dict[str, JsonValue]) -> str:
        """Queue one event for delivery; returns its id."""
        event_id = str(uuid.uuid4())
        event = CloudEvent(
            attributes={
                "id": event_id,
                "source": source,
                "type": type_,
                "specversion": "1.0",
                "subject": subject,
                "time": datetime.now(UTC),
                "datacontenttype": "application/json",
            },
            data=data,
        )
        body = _FORMAT.write(event).decode()
        with self._database.transaction():
            self._place(event_id, type_, subject, body)
        self.wake()
        return event_id

    def wake(self) -> None:
        """Look at the queue again."""
        self._wake.set()

    def _place(self, event_id: str, type_: str, subject: str, body: str) -> None:
        faults = {fault.kind: fault for fault in self._plan.take_for_event(type_)}
        if FaultKind.EVENT_DROP in faults:
            self.dropped_count += 1
            return
        lane, due_at, held = subject, 0.0, False
        if (delay := faults.get(FaultKind.EVENT_DELAY)) is not None:
            # A lane of its own lets later events of the same subject overtake it.
            lane, due_at = event_id, time.time() + delay.latency_seconds
        elif (reorder := faults.get(FaultKind.EVENT_REORDER)) is not None:
            lane, held = event_id, True
            due_at = time.time() + (reorder.latency_seconds or _DEFAULT_HOLD_SECONDS)
        copies = 2 if FaultKind.EVENT_DUPLICATE in faults else 1
        for _ in range(copies):
            self._queue.add(event_id, type_, lane, body, due_at=due_at, held=held)

    async def run(self) -> None:
        """Deliver for ever."""
        if self._settings.event_sink_url is None:
            log.info("no event sink is set: events stay queued")
            return
        async with httpx2.AsyncClient(timeout=self._settings.event_timeout_seconds) as http:
            deliver = _Delivery(http, self._settings)
            async with asyncio.TaskGroup() as deliveries:
                while True:
                    self._wake.clear()
                    free = _DELIVERIES_AT_ONCE - len(self._busy_lanes)
                    for event in self._queue.due(busy_lanes=self._busy_lanes, limit=free):
                        self._busy_lanes.add(event.lane)
                        deliveries.create_task(self._attempt(deliver, event))
                    await self._rest()

    async def _rest(self) -> None:
        full = len(self._busy_lanes) >= _DELIVERIES_AT_ONCE
        pause = None if full else self._queue.seconds_until_due(busy_lanes=self._busy_lanes)
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _attempt(self, deliver: "_Delivery", event: QueuedEvent) -> None:
        try:
            refusal = await deliver(event)
            with self._database.transaction():
                if refusal is None:
                    self._queue.delivered(event)
                    self.delivered_count += 1
                else:
                    pause = min(_LONGEST_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2 ** min(event.attempts, 10))
                    self._queue.postpone(event, pause * random.uniform(0.75, 1.0))
        finally:
            self._busy_lanes.discard(event.lane)
            self.wake()
        if refusal is not None:
            log.log(
                logging.WARNING if event.attempts in (0, 5) else logging.DEBUG,
                "%s %s was not delivered (attempt %d): %s",
                event.type,
                event.event_id,
                event.attempts + 1,
                refusal,
            )


class _Delivery:
    """One attempt over HTTP; answers None, or why the sink did not take it."""

    def __init__(self, http: httpx2.AsyncClient, settings: EventSenderSettings) -> None:
        self._http = http
        self._settings = settings
        self._credentials = (
            ClientCredentials(http, settings.token_url, settings.client_id, settings.client_secret.get_secret_value())
            if settings.token_url
            else None
        )

    async def __call__(self, event: QueuedEvent) -> str | None:
        message = self._message(event)
        try:
            headers = dict(message.headers)
            if self._credentials is not None:
                headers["authorization"] = f"Bearer {await self._credentials.token()}"
            answer = await self._http.post(str(self._settings.event_sink_url), content=message.body, headers=headers)
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        if answer.status_code == 401 and self._credentials is not None:
            self._credentials.forget()
        return None if answer.is_success else f"{answer.status_code} {answer.text[:200]}"

    def _message(self, event: QueuedEvent) -> HTTPMessage:
        cloud_event = _FORMAT.read(CloudEvent, event.body)
        return (to_binary if self._settings.event_mode == "binary" else to_structured)(cloud_event, _FORMAT)
