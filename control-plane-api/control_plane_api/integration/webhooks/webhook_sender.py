"""Sends events to receivers: CloudEvents 1.0 in structured mode, signed as Standard Webhooks say."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpcore2
import structlog
from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks import Webhook

from control_plane_api.application.webhooks.addresses import AddressRefused
from control_plane_api.application.webhooks.deliveries import Reply, Subscriber
from lcm_core.clock import Clock
from lcm_core.eventstore.outbox_row import OutboxRow
from lcm_core.integration.retry_after import seconds_asked

log = structlog.stdlib.get_logger(__name__)

ASKED_RATE = 600
"""Deliveries a minute that a receiver is asked to allow."""
CALLBACK_PATH = "/api/v1/subscriptions/{subscription_id}/validation/{token}"
_AGENT = "lablet-cloud-manager"
_MOST_BODY = 8_192


class HttpWebhookSender:
    """``Receivers``. *origin* is who we say that we are, *public_url* where late answers come to.

    One attempt, connecting included, takes no longer than *deadline_seconds*.
    *and_close* is called when the sender is closed.
    """

    def __init__(
        self,
        pool: httpcore2.AsyncConnectionPool,
        clock: Clock,
        *,
        source: str,
        origin: str,
        public_url: str,
        deadline_seconds: float,
        and_close: Callable[[], None] | None = None,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._source = source
        self._origin = origin
        self._public_url = public_url.rstrip("/")
        self._deadline_seconds = deadline_seconds
        self._and_close = and_close

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)
        if self._and_close is not None:
            self._and_close()

    async def deliver(self, subscriber: Subscriber, event: OutboxRow, replay: str | None) -> Reply:
        message = to_structured(cloud_event(event, self._source, replay), JSONFormat())
        signed = signature_headers(subscriber.secrets, event.id, self._clock.now(), message.body)
        return await self._send("POST", subscriber.row.url, {**dict(message.headers), **signed}, message.body)

    async def ask(self, subscriber: Subscriber) -> Reply:
        path = CALLBACK_PATH.format(subscription_id=subscriber.id, token=subscriber.callback_token)
        headers = {
            "WebHook-Request-Origin": self._origin,
            "WebHook-Request-Callback": f"{self._public_url}{path}",
            "WebHook-Request-Rate": str(ASKED_RATE),
        }
        return await self._send("OPTIONS", subscriber.row.url, headers, b"")

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        seconds = self._deadline_seconds
        timeouts = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)}
        sent = [(name.encode(), value.encode()) for name, value in {**headers, "User-Agent": _AGENT}.items()]
        try:
            async with (
                asyncio.timeout(seconds),
                self._pool.stream(method, url, headers=sent, content=body, extensions=timeouts) as response,
            ):
                await _read_a_little(response)
                return self._reply(response)
        except (TimeoutError, httpcore2.TimeoutException):
            return Reply(None, f"no answer within {seconds:g} s")
        except AddressRefused as refusal:
            return Reply(None, refusal.message, ours=refusal.ours)
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, OSError) as error:
            log.info("webhook_attempt_failed", url=_without_query(url), why=f"{type(error).__name__}: {error}")
            return Reply(None, _told_to_the_owner(error))

    def _reply(self, response: httpcore2.Response) -> Reply:
        told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        status = response.status
        error = "" if 200 <= status < 300 else f"it answered {status}"
        if 300 <= status < 400:
            error += "; redirects are not followed, subscribe with the address that is meant"
        return Reply(
            status_code=status,
            error=error,
            retry_after_seconds=seconds_asked(told.get("retry-after", ""), self._clock.now()),
            allowed_origin=told.get("webhook-allowed-origin"),
            allowed_rate=told.get("webhook-allowed-rate"),
        )


def _told_to_the_owner(error: Exception) -> str:
    """What went wrong, without the addresses and ports that the error itself names."""
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return "no secure connection could be agreed on"
    if isinstance(error, httpcore2.ConnectError):
        return "no connection could be made"
    return "the connection broke off" if isinstance(error, httpcore2.NetworkError) else "it did not answer as HTTP does"


def _without_query(url: str) -> str:
    return url.partition("?")[0]


async def _read_a_little(response: httpcore2.Response) -> None:
    """What a receiver says is nothing to us; a short answer is read so that its connection can be used again."""
    taken = 0
    async for part in response.aiter_stream():
        taken += len(part)
        if taken > _MOST_BODY:
            return


def cloud_event(row: OutboxRow, source: str, replay: str | None = None) -> CloudEvent:
    """``subject`` is the aggregate's stream, in which ``sequence`` orders the events; ``replay`` when sent anew."""
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
    if replay is not None:
        attributes["replay"] = replay
    return CloudEvent(attributes, dict(row.data))


def signature_headers(secrets: tuple[str, ...], id: str, at: datetime, body: bytes | str) -> dict[str, str]:
    """A signature by each of *secrets*: whoever knows one of them can verify."""
    text = body.decode() if isinstance(body, bytes) else body
    signatures = " ".join(Webhook(secret).sign(id, at, text) for secret in secrets)
    return {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signatures}
