"""The gRPC channel to etcd, and what its failures mean."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import grpc  # pyright: ignore[reportMissingTypeStubs]
import grpc.aio  # pyright: ignore[reportMissingTypeStubs]

from lcm_core.settings import ServiceSettings

RpcError: type[Exception] = grpc.aio.AioRpcError
END_OF_STREAM: Any = grpc.aio.EOF  # pyright: ignore[reportAttributeAccessIssue]

_PASSING = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class EtcdTls:
    """Server certificates are verified against *ca_file*; the client shows its own when it has one."""

    ca_file: Path
    cert_file: Path | None = None
    key_file: Path | None = None

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> Self | None:
        """None when *settings* name no CA: then etcd is spoken to in clear."""
        if settings.etcd_ca_file is None:
            return None
        return cls(settings.etcd_ca_file, settings.etcd_cert_file, settings.etcd_key_file)


@dataclass(frozen=True, slots=True)
class ChannelTiming:
    """Milliseconds after which a silent connection is pinged, and given up when the ping is not answered.

    etcd hangs up on clients that ping more often than every 5 s. *ping_timeout_ms* is what finds a frozen server: by
    default gRPC waits a minute for the answer to a ping, whatever the keepalive timeout says.
    """

    keepalive_ms: int = 6000
    ping_timeout_ms: int = 2000


def channel_target(endpoints: Sequence[str]) -> str:
    """Addresses go to one balanced target; a single host name is left to DNS, and balanced over what it resolves to."""
    hosts = [endpoint.rpartition(":")[0] for endpoint in endpoints]
    if all(host.replace(".", "").isdigit() for host in hosts):
        return "ipv4:" + ",".join(endpoints)
    if len(endpoints) == 1:
        return "dns:///" + endpoints[0]
    raise ValueError("several etcd endpoints must be given as IPv4 addresses; or give one name that resolves to all")


def open_channel(target: str, tls: EtcdTls | None, timing: ChannelTiming) -> Any:
    """A channel to *target*, bound to the running event loop."""
    options = [
        ("grpc.keepalive_time_ms", timing.keepalive_ms),
        ("grpc.keepalive_timeout_ms", timing.ping_timeout_ms),
        ("grpc.http2.ping_timeout_ms", timing.ping_timeout_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1000),
        ("grpc.max_receive_message_length", 64 * 1024 * 1024),
        ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})),
        ("grpc.enable_http_proxy", 0),
    ]
    if tls is None:
        return grpc.aio.insecure_channel(target, options)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=tls.ca_file.read_bytes(),
        certificate_chain=tls.cert_file.read_bytes() if tls.cert_file else None,
        private_key=tls.key_file.read_bytes() if tls.key_file else None,
    )
    return grpc.aio.secure_channel(target, credentials, options)


def is_passing(error: Exception) -> bool:
    """Whether the call failed for a reason that goes away by itself."""
    return isinstance(error, grpc.aio.AioRpcError) and error.code() in _PASSING


def is_compacted(error: BaseException | None) -> bool:
    return isinstance(error, grpc.aio.AioRpcError) and error.code() is grpc.StatusCode.OUT_OF_RANGE


def reason_of(error: Exception) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name}: {error.details()}"
    return f"{type(error).__name__}: {error}"
