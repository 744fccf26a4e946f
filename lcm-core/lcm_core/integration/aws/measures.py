"""Latency and errors of AWS calls by operation, taken where botocore makes them: a paginator is many calls."""

from __future__ import annotations

import time
from typing import Any

from lcm_core.observability.metrics import meter

_meter = meter("lcm_core.aws")
_duration = _meter.create_histogram(
    "lcm_aws_call_duration_seconds",
    unit="s",
    description="Time of an AWS call with its repetitions, by service and operation.",
)
_errors = _meter.create_counter(
    "lcm_aws_call_errors_total", description="AWS calls that failed, by service, operation and AWS's code."
)
_retries = _meter.create_counter(
    "lcm_aws_call_retries_total", description="Repetitions of AWS calls, throttled ones included, by operation."
)
_STARTED = "lcm_started"


def measure_calls(client: Any, service: str) -> None:
    """Has every call of the boto3 *client* measured."""

    def before(context: dict[str, Any], **_: Any) -> None:
        context[_STARTED] = time.perf_counter()

    def after(event_name: str, http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        labels = took(event_name, context)
        retries = parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        if retries:
            _retries.add(retries, labels)
        if http_response.status_code >= 300:
            _errors.add(1, {**labels, "code": parsed.get("Error", {}).get("Code", str(http_response.status_code))})

    def failed(event_name: str, exception: Exception, context: dict[str, Any], **_: Any) -> None:
        _errors.add(1, {**took(event_name, context), "code": type(exception).__name__})

    def took(event_name: str, context: dict[str, Any]) -> dict[str, str]:
        labels = {"service": service, "operation": event_name.rpartition(".")[2]}
        started = context.pop(_STARTED, None)
        if started is not None:
            _duration.record(time.perf_counter() - started, labels)
        return labels

    for event, handler in (("before-call", before), ("after-call", after), ("after-call-error", failed)):
        client.meta.events.register(event, handler)
