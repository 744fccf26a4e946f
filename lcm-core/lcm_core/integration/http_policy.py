"""How long to wait for a far end, how often to try, and whom to trust."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import httpx2


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to connect, for one attempt, and for a call with all its attempts."""

    connect_seconds: float = 2.0
    attempt_seconds: float = 10.0
    total_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often an idempotent call is tried; pauses double from *first_pause_seconds*, with as much jitter."""

    attempts: int = 4
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """After *failures* in a row a host is left alone for *pause_seconds*; calls fail at once meanwhile."""

    failures: int = 8
    pause_seconds: float = 5.0


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies certificates against *ca_file*, or the system's CAs; verification cannot be turned off."""
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


def new_http_client(
    base_url: str = "",
    *,
    deadlines: Deadlines | None = None,
    ca_file: Path | None = None,
    max_connections: int = 50,
) -> httpx2.AsyncClient:
    """A bare client with our TLS rules and deadlines, for what is not JSON over ``JsonHttpClient``."""
    limits = deadlines or Deadlines()
    return httpx2.AsyncClient(
        base_url=base_url,
        verify=tls_context(ca_file),
        timeout=httpx2.Timeout(limits.attempt_seconds, connect=limits.connect_seconds),
        limits=httpx2.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
        trust_env=False,
    )
