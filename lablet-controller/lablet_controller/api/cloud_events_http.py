"""CloudEvents 1.0 over HTTP: structured, binary and batched content mode."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_binary, from_structured
from cloudevents.core.exceptions import BaseCloudEventException, CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import ValidationError

from lcm_core.contracts.inbound_events import LARGEST_BATCH, InboundEvent

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_FORMAT = JSONFormat()
_REQUIRED = ("id", "source", "type", "specversion")


class MalformedCloudEvent(Exception):
    """Not a CloudEvent: the message says what is wrong, and in a batch with which one."""


def read_cloud_events(headers: Mapping[str, str], body: bytes) -> list[InboundEvent]:
    """The events of one request, in order. Raises ``MalformedCloudEvent``."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == BATCH:
        return _batch(body)
    message = HTTPMessage(headers=dict(headers), body=body)
    if media_type == STRUCTURED:
        return [_read(lambda: from_structured(message, _FORMAT, _strict_event))]
    if any(name.lower().startswith("ce-") for name in headers):
        return [_read(lambda: from_binary(message, _FORMAT, _strict_event))]
    raise MalformedCloudEvent(
        f"no CloudEvent: send {STRUCTURED}, {BATCH}, or ce-* headers; the content type is {media_type or 'missing'!r}"
    )


def _batch(body: bytes) -> list[InboundEvent]:
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedCloudEvent(f"the batch is not JSON: {error}") from error
    if not isinstance(entries, list):
        raise MalformedCloudEvent("a batch must be a JSON array of CloudEvents")
    if len(entries) > LARGEST_BATCH:
        raise MalformedCloudEvent(f"a batch may hold {LARGEST_BATCH} events, this one has {len(entries)}")
    events: list[InboundEvent] = []
    for number, entry in enumerate(entries):
        try:
            text = json.dumps(entry)
            events.append(_read(lambda text=text: _FORMAT.read(_strict_event, text)))
        except MalformedCloudEvent as error:
            raise MalformedCloudEvent(f"event {number} of the batch: {error}") from error
    return events


def _strict_event(attributes: dict[str, Any], data: Any) -> CloudEvent:
    """The SDK makes up an id where it is missing, but an event without identity cannot be applied once.

    A missing time becomes that of receipt, which is right.
    """
    missing = [name for name in _REQUIRED if not attributes.get(name)]
    if missing:
        raise MalformedCloudEvent(f"missing {', '.join(missing)}")
    return CloudEvent(attributes, data)


def _read(parse: Any) -> InboundEvent:
    try:
        event: BaseCloudEvent = parse()
        attributes = event.get_attributes()
        _require_text(attributes, event.get_data())
        return InboundEvent.model_validate(
            {
                "key": {name: attributes[name] for name in ("source", "id", "type")},
                "subject": attributes.get("subject") or "",
                "time": attributes.get("time"),
                "data": _json(event.get_data()),
            }
        )
    except CloudEventValidationError as error:
        told = "; ".join(f"{name}: {', '.join(map(str, found))}" for name, found in error.errors.items())
        raise MalformedCloudEvent(told) from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5])
        raise MalformedCloudEvent(told) from error
    except RecursionError as error:
        raise MalformedCloudEvent("its data is nested too deeply") from error
    except (BaseCloudEventException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise MalformedCloudEvent(str(error) or type(error).__name__) from error


def _require_text(*values: Any) -> None:
    """Raises ValueError for what Python reads as JSON and no other system would: NaN, halves of surrogate pairs."""
    for value in values:
        json.dumps(value, ensure_ascii=False, allow_nan=False, default=str).encode()


def _json(data: Any) -> Any:
    """Data in another form than JSON is kept as text: no handler takes it, so that it ends as a dead letter."""
    if isinstance(data, bytes | bytearray):
        return bytes(data).decode("utf-8", "replace")
    return data
