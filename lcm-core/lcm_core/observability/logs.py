"""Structured logs: one event a line, with service, instance, correlation and trace ids, and no secret."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import Processor

from lcm_core.observability.redaction import redact_event

_NOISY_LIBRARIES = ("httpx2", "httpcore2", "urllib3", "botocore", "boto3", "asyncio", "uvicorn.access", "pymongo")


def add_trace_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def _service_fields(service: str, instance: str) -> Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        event["instance"] = instance
        return event

    return add


def _visible(value: Any) -> Any:
    """*value* with what could move a cursor or begin a line written as it would be in Python."""
    if isinstance(value, str):
        return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in value)
    return value


def show_controls(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """For text that goes to a terminal; JSON does it by itself. Tracebacks keep their lines."""
    for key, value in event.items():
        if key not in ("exception", "stack"):
            event[key] = _visible(value)
    return event


def _renderers(as_json: bool, stream: TextIO) -> list[Processor]:
    if not as_json:
        # Not the renderer's own choice: that shows local variables, which hold secrets and can take minutes to print.
        plain = structlog.dev.plain_traceback
        console = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)
        return [redact_event, show_controls, console]
    traceback_without_locals = structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=30)
    return [
        structlog.processors.ExceptionRenderer(traceback_without_locals),
        redact_event,
        structlog.processors.JSONRenderer(),
    ]


def configure_logs(
    *, service: str, instance: str, level: str = "INFO", as_json: bool = True, stream: TextIO | None = None
) -> None:
    """Route structlog and the standard library's loggers to *stream* (stdout by default) in one form."""
    out = stream or sys.stdout
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace_ids,
        _service_fields(service, instance),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(as_json, out)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
