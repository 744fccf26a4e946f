"""Logs, traces and metrics, set up once per process by ``configure_observability``."""

from __future__ import annotations

from importlib import metadata

from opentelemetry.sdk.resources import Resource

from lcm_core.observability.correlation import CORRELATION_HEADER, correlation_id, use_correlation_id
from lcm_core.observability.instrument import NO_TELEMETRY_OF_ITS_OWN, instrument_app
from lcm_core.observability.logs import configure_logs
from lcm_core.observability.metrics import SECONDS_BUCKETS, configure_metrics, meter, prometheus_text
from lcm_core.observability.tracing import configure_tracing, current_trace_id, current_traceparent, tracer
from lcm_core.settings import ServiceSettings

__all__ = [
    "CORRELATION_HEADER",
    "NO_TELEMETRY_OF_ITS_OWN",
    "SECONDS_BUCKETS",
    "configure_observability",
    "correlation_id",
    "current_trace_id",
    "current_traceparent",
    "instrument_app",
    "instrument_mongo",
    "meter",
    "prometheus_text",
    "tracer",
    "use_correlation_id",
    "version_of",
]


def version_of(service_name: str) -> str:
    """Version of the installed package of that name, "unknown" when it is not installed."""
    try:
        return metadata.version(service_name)
    except metadata.PackageNotFoundError:
        return "unknown"


def instrument_mongo() -> None:
    """Observe every MongoDB client made after this call; once per process, later calls do nothing."""
    # imported here, because most services have no use for the driver and its import is slow
    from lcm_core.observability.mongo import observe_commands

    observe_commands()


def configure_observability(settings: ServiceSettings) -> None:
    """Call first in ``main``, before anything logs or connects."""
    configure_logs(
        service=settings.service_name,
        instance=settings.instance_id,
        level=settings.log_level,
        as_json=settings.log_json,
    )
    resource = Resource.create(
        {
            "service.name": settings.service_name,
            "service.instance.id": settings.instance_id,
            "service.version": version_of(settings.service_name),
        }
    )
    configure_metrics(resource)
    configure_tracing(resource, sample_ratio=settings.trace_sample_ratio, otlp_endpoint=settings.otlp_endpoint)
