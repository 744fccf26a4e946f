"""Settings of resource-scheduler: environment variables with the prefix ``RESOURCE_SCHEDULER_``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from lcm_core.placement.scoring import DEFAULT_WEIGHTS
from lcm_core.settings import ServiceSettings


class SchedulerSettings(ServiceSettings):
    """How early sessions are placed, how long they may wait, and how hard it is tried."""

    model_config = SettingsConfigDict(env_prefix="RESOURCE_SCHEDULER_")

    service_name: str = Field(
        default="resource-scheduler",
        pattern=r"^[a-z][a-z0-9-]*$",
        description="Name in logs, traces, metrics, /info and in the leader key.",
    )
    port: int = Field(default=8081, ge=0, le=65535, description="TCP port to listen on; 0 lets the system choose.")
    placement_slack_seconds: float = Field(
        default=60,
        ge=0,
        description="A session is placed so much earlier than the slowest worker start before its host is needed.",
    )
    placement_grace_seconds: float = Field(
        default=1800,
        ge=0,
        description="A session that found no room so long after its start is given up; its slot's end is the last.",
    )
    placement_attempts: int = Field(
        default=3, ge=1, description="Decisions on fresh facts after refused proposals before backing off."
    )
    max_concurrent: int = Field(default=8, ge=1, description="Sessions that are handled at one time.")
    resync_seconds: float = Field(
        default=30, gt=0, description="Every session is looked at so often even when no event tells of a change."
    )
    refused_scale_up_retry_seconds: float = Field(
        default=30, gt=0, description="A worker that was refused (fleet limit) is asked for again after this long."
    )
    scoring_fullness: float = Field(
        default=DEFAULT_WEIGHTS.fullness,
        ge=0,
        description="Points for a worker that is full after placing, over the mean of all dimensions.",
    )
    scoring_busy_bonus: float = Field(
        default=DEFAULT_WEIGHTS.busy_bonus,
        ge=0,
        description="Points for a worker that serves somebody already, so that idle ones can be stopped.",
    )
    scoring_promise_bonus: float = Field(
        default=DEFAULT_WEIGHTS.promise_bonus,
        ge=0,
        description="Points for the worker that holds the session's room since it was booked.",
    )
