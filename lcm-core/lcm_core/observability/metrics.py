"""Metrics: OpenTelemetry instruments, shown to Prometheus at /metrics."""

from __future__ import annotations

import threading

import prometheus_client
from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

SECONDS_BUCKETS: tuple[float, ...] = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0),
)
"""From a millisecond to half an hour: OpenTelemetry's own buckets start at 5 and tell nothing about seconds."""

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

_lock = threading.Lock()
_provider: MeterProvider | None = None


def configure_metrics(resource: Resource) -> MeterProvider:
    """Set the process-wide provider; later calls return the first one, since OpenTelemetry allows only one."""
    global _provider
    with _lock:
        if _provider is None:
            in_seconds = View(
                instrument_name="*",
                instrument_unit="s",
                aggregation=ExplicitBucketHistogramAggregation(SECONDS_BUCKETS),
            )
            reader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False)
            _provider = MeterProvider(metric_readers=[reader], resource=resource, views=[in_seconds])
            metrics.set_meter_provider(_provider)
        return _provider


def meter(name: str) -> metrics.Meter:
    """The place to make instruments; may be called before metrics are configured.

    Names start with ``lcm_``; histograms of durations have unit ``"s"`` and so get ``SECONDS_BUCKETS``.
    """
    return metrics.get_meter(name)


def prometheus_text() -> bytes:
    """Everything measured in this process, in Prometheus' text format."""
    return prometheus_client.generate_latest()
