"""Sends events to a subscriber as CloudEvents 1.0 in structured mode."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from lcm_core.domain.errors import FarEndError
from lcm_core.eventstore.outbox import OutboxRow

_SYSTEM = "cloudevents-sink"


class HttpCloudEventSink:
    """``CloudEventSink`` by POST to *url*. The event id is that of the outbox row: a repetition is recognisable."""

    def __init__(self, http: httpx2.AsyncClient, url: str, *, source: str, deadline_seconds: float = 10.0) -> None:
        self._http = http
        self._url = url
        self._source = source
        self._deadline_seconds = deadline_seconds

    async def send(self, row: OutboxRow) -> None:
        message = to_structured(cloud_event(row, self._source), JSONFormat())
        try:
            async with asyncio.timeout(self._deadline_seconds):
                response = await self._http.post(self._url, content=message.body, headers=dict(message.headers))
        except TimeoutError:
            raise self._failure(row, f"no answer within {self._deadline_seconds:g} s") from None
        except httpx2.HTTPError as error:
            raise self._failure(row, f"{type(error).__name__}: {error}") from error
        if response.status_code >= 300:
            raise self._failure(row, f"it answered {response.status_code}")

    def _failure(self, row: OutboxRow, why: str) -> FarEndError:
        return FarEndError(_SYSTEM, f"{self._url} did not take event {row.id}: {why}.", retryable=True)


def cloud_event(row: OutboxRow, source: str) -> CloudEvent:
    """``subject`` is the aggregate's stream, in which ``sequence`` orders the events."""
    attributes: dict[str, Any] = {
        "id": row.id,
        "source": source,
        "type": row.type,
        "subject": row.stream,
        "time": row.metadata.at,
        "datacontenttype": "application/json",
        "sequence": f"{row.version:010d}.{row.index:04d}",
        "correlationid": row.metadata.correlation_id,
    }
    return CloudEvent(attributes, dict(row.data))
