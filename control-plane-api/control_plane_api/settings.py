"""Settings of control-plane-api: environment variables with the prefix ``CONTROL_PLANE_``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from control_plane_api.webhook_settings import WebhookSettings
from lcm_core.auth.rate_limits import DEFAULT_LIMITS, LIMIT_NAMES
from lcm_core.sealing.from_settings import SealingSettings
from lcm_core.settings import HttpUrlText, ServiceSettings


class ControlPlaneSettings(ServiceSettings, SealingSettings, WebhookSettings):
    """Where the truth is kept, how people log in, and how much is told to whom."""

    model_config = SettingsConfigDict(env_prefix="CONTROL_PLANE_")

    service_name: str = Field(
        default="control-plane-api",
        pattern=r"^[a-z][a-z0-9-]*$",
        description="Name in logs, traces, metrics, /info and in the leader key.",
    )
    mongo_uri: SecretStr = Field(
        default=SecretStr("mongodb://127.0.0.1:27017/?replicaSet=rs0"),
        description="MongoDB connection string; a replica set, because every command is a transaction.",
    )
    mongo_database: str = Field(default="lcm", min_length=1, description="Database that holds everything.")

    content_max_body_bytes: int = Field(
        default=33_554_432,
        gt=0,
        description="Largest request that brings the files of a definition, in bytes; a larger one is answered 413.",
    )
    public_url: HttpUrlText = Field(
        default="http://127.0.0.1:8080",
        description="Base URL under which browsers reach this service; decides the redirect URI and secure cookies.",
    )
    ui_dist_dir: Path | None = Field(
        default=None, description="Directory of the built web UI (holds index.html); without it no UI is served."
    )
    ui_client_id: str = Field(default="lcm-ui", description="OIDC client under which people log in.")
    ui_client_secret: SecretStr | None = Field(
        default=None, description="Secret of ui_client_id; without it nobody can log in with a browser."
    )
    ui_scopes: str = Field(
        default="openid profile email", description="Scopes asked for at login, separated by blanks."
    )
    web_session_hours: float = Field(
        default=8, gt=0, le=72, description="A browser has to log in again after this many hours."
    )

    web_session_idle_minutes: float = Field(
        default=60, gt=0, description="A browser from which nothing is asked for so long has to log in again."
    )
    rate_limits: Annotated[dict[str, int], NoDecode] = Field(
        default=DEFAULT_LIMITS,
        description="Requests a minute that one caller may make at one replica, by role; a caller with several has the "
        "largest. As JSON or as `lms=12000,viewer=0`; 0 takes a limit away, a name that is left out keeps its default. "
        "`anonymous` (without credentials that hold) and `login` are counted by address.",
    )
    stream_most_per_caller: int = Field(
        default=20, ge=0, description="Live streams that one caller may hold open at one replica; 0 means any number."
    )
    refused_attempt_days: int = Field(default=365, ge=1, description="How long refused attempts are kept.")

    service_urls: dict[str, HttpUrlText] = Field(
        default={},
        description="Base URLs of services by name, as JSON; /api/v1/system asks them how they are.",
    )
    traces_link: HttpUrlText | None = Field(
        default=None, description="Address at which people look at traces; the web UI leads there."
    )
    dashboards_link: HttpUrlText | None = Field(
        default=None, description="Address at which people look at dashboards; the web UI leads there."
    )
    people_link: HttpUrlText | None = Field(
        default=None,
        description="Address at which people and their roles are kept, such as the identity provider's console; the "
        "web UI leads there.",
    )
    sweep_seconds: float = Field(
        default=60, gt=0, description="Seconds between two sweeps that compare etcd with the database and repair it."
    )
    leader_confirm_seconds: float = Field(
        default=1.0,
        ge=0,
        description="A reconciler's leadership that etcd confirmed this long ago or less is not asked for again.",
    )
    placement_decision_days: int = Field(
        default=365, ge=1, description="How long placement decisions are kept, with what they were made from."
    )
    scaling_decision_days: int = Field(
        default=365, ge=1, description="How long decisions about the size of the fleet are kept, with their inputs."
    )
    inbound_event_days: int = Field(
        default=365,
        ge=1,
        description="How long inbound events are kept, with what became of them; so long is each known as a duplicate.",
    )
    notification_days: int = Field(
        default=90, ge=1, description="How long a notification is kept after it was cleared; an open one always is."
    )
    notification_look_seconds: float = Field(
        default=30,
        ge=1,
        le=600,
        description="Seconds between two looks for what operators are to be told; some changes have it look at once.",
    )
    metrics_raw_hours: float = Field(
        default=6, gt=0, le=168, description="How long each observation of a worker's load is kept."
    )
    metrics_five_minutes_days: float = Field(
        default=7, gt=0, le=62, description="How long a worker's load is kept in steps of five minutes."
    )
    metrics_hourly_weeks: float = Field(
        default=12, gt=0, le=104, description="How long a worker's load is kept in steps of an hour."
    )
    idempotency_key_hours: float = Field(
        default=24, gt=0, description="How long the answer to a request with an Idempotency-Key is kept."
    )

    s3_endpoint_url: HttpUrlText | None = Field(
        default=None, description="Base URL of an object store other than AWS's own S3; credentials come from AWS_*."
    )
    s3_region: str = Field(default="us-east-1", min_length=1, description="Region of the buckets.")
    evidence_bucket: str | None = Field(
        default=None,
        min_length=3,
        description="S3 bucket that evidence is read from, the one that lablet-controller keeps it in.",
    )

    anchor_bucket: str | None = Field(
        default=None,
        min_length=3,
        description="S3 bucket in which the heads of all hash chains are written down each day; one with object lock, "
        "made when it is not there. Without it a rewritten log cannot be told from an honest one.",
    )
    anchor_retention_days: int = Field(
        default=365, ge=0, description="For so long nobody can delete an anchor, where the bucket locks objects."
    )

    admission_group_size: int = Field(
        default=128,
        ge=1,
        le=500,
        description="Bookings that are admitted together in one commit at the most, when many come at one time.",
    )

    template_file: Path | None = Field(
        default=None,
        description="YAML file of worker templates, read at start: missing ones are made, and those that nobody "
        "edited follow the file. A file that cannot be used keeps the service from starting.",
    )

    stream_replay_commits: int = Field(
        default=5_000,
        ge=1,
        description="Commits kept in memory so that a browser that reconnects misses nothing; older ones: a snapshot.",
    )
    stream_queue_events: int = Field(
        default=2_000, ge=1, description="Events a slow reader may lag behind before its stream is closed."
    )
    stream_rewind_seconds: float = Field(
        default=60,
        ge=0,
        le=3600,
        description="After a start, commits of so long ago are read again, so that a browser that reconnects after a "
        "restart goes on where it was; older ones: a snapshot.",
    )
    stream_recheck_seconds: float = Field(
        default=10, gt=0, le=60, description="A stream whose token or login has ended is closed within this time."
    )
    stream_ended_minutes: int = Field(
        default=60, ge=0, description="Sessions that ended this recently are part of the snapshot a stream starts with."
    )
    max_body_bytes: int = Field(
        default=4_194_304, gt=0, description="Largest request body in bytes; topologies are the largest there are."
    )

    @field_validator("rate_limits", mode="before")
    @classmethod
    def _limits_as_text(cls, value: object) -> object:
        if not isinstance(value, str) or value.lstrip().startswith("{"):
            return json.loads(value) if isinstance(value, str) else value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        return {name.strip(): limit.strip() for name, _, limit in pairs}

    @field_validator("rate_limits")
    @classmethod
    def _known_limits(cls, value: dict[str, int]) -> dict[str, int]:
        for name, limit in value.items():
            if name not in LIMIT_NAMES:
                raise ValueError(f"{name!r} is none of {', '.join(LIMIT_NAMES)}")
            if limit < 0:
                raise ValueError(f"{name} must not be negative")
        return {**DEFAULT_LIMITS, **value}

    @property
    def event_origin(self) -> str:
        """Who asks receivers whether they take events."""
        return self.webhook_origin or urlsplit(self.public_url).hostname or self.service_name

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over TLS only wherever the public URL is https."""
        return self.public_url.startswith("https://")
