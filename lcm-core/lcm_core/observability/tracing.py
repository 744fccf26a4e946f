"""Traces: sampled at the root, carried between services in W3C ``traceparent``, exported only when configured."""

from __future__ import annotations

import threading
from collections.abc import MutableMapping

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

_lock = threading.Lock()
_provider: TracerProvider | None = None


def configure_tracing(resource: Resource, *, sample_ratio: float, otlp_endpoint: str | None) -> TracerProvider:
    """Set the process-wide provider; later calls return the first one, since OpenTelemetry allows only one.

    Spans always exist, so that logs and problem documents can name a trace; they leave the process only with
    *otlp_endpoint*, the base URL of an OTLP/HTTP collector.
    """
    global _provider
    with _lock:
        if _provider is None:
            _provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(sample_ratio)))
            if otlp_endpoint:
                exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces", timeout=5)
                _provider.add_span_processor(BatchSpanProcessor(exporter))
            trace.set_tracer_provider(_provider)
        return _provider


def tracer(name: str) -> trace.Tracer:
    """The place to make spans; may be called before tracing is configured."""
    return trace.get_tracer(name)


def current_trace_id() -> str | None:
    """Trace id in hex of the work in hand, or None."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def current_traceparent() -> str | None:
    """W3C ``traceparent`` of the work in hand, to be stored with an event or a message."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


def inject_trace(headers: MutableMapping[str, str]) -> None:
    """Add ``traceparent`` to outgoing *headers*."""
    propagate.inject(headers)
