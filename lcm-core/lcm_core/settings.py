"""Settings that every LCM service has; each service subclasses this with its own ``env_prefix`` and fields.

Values come from environment variables, e.g. ``RESOURCE_SCHEDULER_PORT=8081`` for a subclass with
``env_prefix="RESOURCE_SCHEDULER_"``. Lists may be written as JSON or separated by commas. Secrets are ``SecretStr`` and
never show in ``repr``, logs or error messages.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

HttpUrlText = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")]


def default_instance_id() -> str:
    """Host name and process id: unique among the instances of a service that run at one time."""
    return f"{socket.gethostname()}-{os.getpid()}"


class ServiceSettings(BaseSettings):
    """Where a service listens, whom it trusts, and how long it waits."""

    model_config = SettingsConfigDict(
        extra="ignore", hide_input_in_errors=True, validate_default=True, env_ignore_empty=True, frozen=True
    )

    service_name: str = Field(
        min_length=1,
        pattern=r"^[a-z][a-z0-9-]*$",
        description="Name in logs, traces, metrics, /info and in the leader key; the same for all instances.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 in a container.")
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port to listen on; 0 lets the system choose.")
    instance_id: str = Field(
        default_factory=default_instance_id,
        min_length=1,
        description="Tells instances of one service apart: named in the leader key and in every log line.",
    )
    log_level: str = Field(
        default="INFO", description="Least severe level that is written: DEBUG, INFO, WARNING, ERROR or CRITICAL."
    )
    log_json: bool = Field(default=True, description="One JSON object a line; false gives coloured text for people.")
    otlp_endpoint: HttpUrlText | None = Field(
        default=None,
        description="Base URL of an OTLP/HTTP collector, e.g. http://collector:4318. Without it no span leaves here.",
    )
    trace_sample_ratio: float = Field(
        default=0.05, ge=0, le=1, description="Share of new traces that are recorded; a caller's decision is kept."
    )
    etcd_endpoints: Annotated[list[str], NoDecode] = Field(
        default=["127.0.0.1:2379"],
        min_length=1,
        description="host:port of each etcd member; with several, the loss of one goes unnoticed. Several are given "
        "as IPv4 addresses; a host name stands alone and should resolve to all members.",
    )
    etcd_prefix: str = Field(
        default="/lcm", pattern=r"^(/[A-Za-z0-9_.-]+)+$", description="Root of all keys, so that stacks can share etcd."
    )
    etcd_ca_file: Path | None = Field(default=None, description="CA that signed etcd's certificate; turns TLS on.")
    etcd_cert_file: Path | None = Field(default=None, description="Client certificate for etcd; needs etcd_key_file.")
    etcd_key_file: Path | None = Field(default=None, description="Private key of etcd_cert_file.")
    leader_lease_ttl_seconds: int = Field(
        default=10,
        ge=2,
        le=60,
        description="A leader that dies is replaced within about this long plus a second. Below 6, one frozen etcd "
        "member out of three can cost the leadership; etcd itself grants no less than 2.",
    )
    control_plane_url: HttpUrlText = Field(
        default="http://127.0.0.1:8080", description="Base URL of control-plane-api, without a path."
    )
    http_ca_file: Path | None = Field(
        default=None, description="CA bundle that outgoing HTTPS trusts instead of the system's; never turned off."
    )
    oidc_issuer: HttpUrlText = Field(
        description="The only issuer whose tokens are accepted, exactly as in their `iss`."
    )
    oidc_audience: str = Field(default="urn:lcm:api", description="What `aud` must name for a token to be for us.")
    oidc_jwks_url: HttpUrlText | None = Field(
        default=None, description="Where the issuer's keys are; by default asked from its discovery document."
    )
    roles_claim: str = Field(
        default="roles", description="Dotted path to the list of roles in a token, e.g. realm_access.roles."
    )
    client_id: str = Field(default="", description="Own OIDC client for calls to other services; default service_name.")
    client_secret: SecretStr | None = Field(
        default=None, description="Secret of client_id; without it this service cannot call the others."
    )
    startup_deadline_seconds: float = Field(
        default=60, gt=0, description="How long to wait at start for what is needed before giving up with a reason."
    )
    shutdown_grace_seconds: float = Field(
        default=10, ge=0, description="How long requests and handlers in flight may take to finish when stopping."
    )
    max_body_bytes: int = Field(
        default=1_048_576, gt=0, description="Largest request body in bytes; a larger one is answered 413."
    )

    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Addresses and networks of the proxies in front whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed; `*` for any. None by default: a client is who connects.",
    )

    @field_validator("etcd_endpoints", "trusted_proxies", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip().strip('"') for part in value.strip("[]").split(",") if part.strip()]

    @field_validator("etcd_endpoints")
    @classmethod
    def _host_and_port(cls, value: list[str]) -> list[str]:
        for endpoint in value:
            host, _, port = endpoint.rpartition(":")
            if not host or not port.isdecimal():
                raise ValueError(f"{endpoint!r} is not host:port")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        level = value.upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
            raise ValueError("must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
        return level

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.etcd_cert_file is None) != (self.etcd_key_file is None):
            raise ValueError("etcd_cert_file and etcd_key_file go together")
        if self.etcd_cert_file is not None and self.etcd_ca_file is None:
            raise ValueError("etcd_cert_file needs etcd_ca_file")
        return self

    @property
    def own_client_id(self) -> str:
        return self.client_id or self.service_name
