"""One span, one duration and one correlation id for each request.

A hand-written ASGI middleware: the stock instrumentation records a span for every ASGI message and costs more than the
typical handler. Probes and /metrics are not measured, they would drown the rest.
"""

from __future__ import annotations

import time

from opentelemetry import propagate, trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lcm_core.observability.correlation import CORRELATION_HEADER, accepted_correlation_id, use_correlation_id
from lcm_core.observability.metrics import meter
from lcm_core.observability.origin import address_of, use_remote_address
from lcm_core.observability.route_names import RouteNames
from lcm_core.observability.tracing import tracer

UNMEASURED_PATHS = frozenset({"/health/live", "/health/ready", "/metrics"})

_tracer = tracer("lcm_core.http")
_meter = meter("lcm_core.http")
_duration = _meter.create_histogram(
    "lcm_http_request_duration_seconds", unit="s", description="Time to answer a request, by route and status."
)
_in_flight = _meter.create_up_down_counter("lcm_http_requests_in_flight", description="Requests being answered now.")


class RequestTelemetryMiddleware:
    """Outermost middleware.

    *routes* gives the route label, so that ids in paths do not become labels.
    """

    def __init__(self, app: ASGIApp, routes: RouteNames) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        identifier = accepted_correlation_id(headers.get(CORRELATION_HEADER))
        with use_correlation_id(identifier), use_remote_address(address_of(scope)):
            if scope["path"] in UNMEASURED_PATHS:
                await self._app(scope, receive, send)
                return
            context = propagate.extract(dict(headers))
            with _tracer.start_as_current_span(scope["method"], context=context, kind=trace.SpanKind.SERVER) as span:
                await self._measured(scope, receive, send, span, identifier)

    async def _measured(self, scope: Scope, receive: Receive, send: Send, span: trace.Span, identifier: str) -> None:
        status = 500
        started = time.perf_counter()
        stream_opened_after: float | None = None

        async def send_noting_status(message: Message) -> None:
            nonlocal status, stream_opened_after
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[CORRELATION_HEADER] = identifier
                if headers.get("content-type", "").startswith("text/event-stream"):
                    stream_opened_after = time.perf_counter() - started
            await send(message)

        method = {"http.request.method": scope["method"]}
        _in_flight.add(1, method)
        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            _in_flight.add(-1, method)
            route = self._routes.of(scope)
            attributes = {**method, "http.route": route, "http.response.status_code": status}
            # an event stream lasts as long as somebody looks; what can be slow is its opening
            answered_after = stream_opened_after or time.perf_counter() - started
            _duration.record(answered_after, attributes)
            span.update_name(f"{scope['method']} {route}")
            span.set_attributes(attributes)
            if status >= 500:
                span.set_status(trace.StatusCode.ERROR)
