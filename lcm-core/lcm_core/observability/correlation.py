"""The correlation id: one name for everything that follows from one request, through every service."""

from __future__ import annotations

import re
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

CORRELATION_HEADER = "X-Correlation-ID"

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{1,128}\Z")
_current: ContextVar[str | None] = ContextVar("lcm_correlation_id", default=None)


def correlation_id() -> str | None:
    """The id of the work in hand, or None outside of any."""
    return _current.get()


def new_correlation_id() -> str:
    return uuid.uuid4().hex


def accepted_correlation_id(offered: str | None) -> str:
    """*offered* when it is harmless in logs and headers, else a new one."""
    return offered if offered and _ACCEPTABLE.match(offered) else new_correlation_id()


@contextmanager
def use_correlation_id(value: str) -> Generator[str]:
    """Everything logged, sent and recorded inside the block carries *value*."""
    token = _current.set(value)
    with structlog.contextvars.bound_contextvars(correlation_id=value):
        try:
            yield value
        finally:
            _current.reset(token)
