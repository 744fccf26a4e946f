"""Settings of resource-scheduler: environment variables with the prefix ``RESOURCE_SCHEDULER_``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from lcm_core.domain.scheduling_rules import RuleTold
from lcm_core.placement.scoring import DEFAULT_WEIGHTS
from lcm_core.settings import ServiceSettings


class SchedulerSettings(ServiceSettings):
    """How early sessions are placed and workers woken, how long sessions may wait, how much is kept ready."""

    model_config = SettingsConfigDict(env_prefix="RESOURCE_SCHEDULER_")

    service_name: str = Field(
        default="resource-scheduler",
        pattern=r"^[a-z][a-z0-9-]*$",
        description="Name in logs, traces, metrics, /info and in the leader key.",
    )
    port: int = Field(default=8081, ge=0, le=65535, description="TCP port to listen on; 0 lets the system choose.")
    placement_slack_seconds: float = Field(
        default=660,
        ge=0,
        description="A session is placed so much earlier than the slowest worker start before its host is needed. More "
        "than wake_slack_seconds, so that what is up is tried before anything is woken.",
    )
    placement_grace_seconds: float = Field(
        default=1800,
        ge=0,
        description="A session that found no room so long after its start is given up, unless its booking brings a "
        "grace of its own; its slot's end is the last.",
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

    # slots
    host_seconds: float | None = Field(
        default=None,
        ge=0,
        description="How long after the start of its slot a placed session waits for its worker, unless its definition "
        "says; by default till the slot's end.",
    )
    instantiation_seconds: float | None = Field(
        default=None,
        gt=0,
        description="How long a session may take to become ready, unless its definition says; by default till the "
        "slot's end.",
    )
    warn_seconds: float = Field(
        default=300, ge=0, description="How long before the end of a slot the learner of a running session is warned."
    )

    # supply
    wake_slack_seconds: float = Field(
        default=600,
        ge=0,
        description="A stopped or planned worker is woken so much earlier than its start takes before its first "
        "booking. What is left of it when a start turns out to be late is how much sooner another one is there.",
    )
    late_start_margin_seconds: float = Field(
        default=60,
        ge=0,
        description="A worker that takes so much longer than nearly all starts like its own is late: sessions that "
        "rely on it and need it soon are looked after elsewhere.",
    )
    warm_workers: int = Field(
        default=0, ge=0, description="So many workers above those in use are kept running in each region."
    )
    warm_cores: int = Field(default=0, ge=0, description="So many CPU cores are kept free in each region.")
    warm_look_ahead_seconds: float = Field(
        default=3600, gt=0, description="A worker or core that is booked within this time is not free."
    )
    warm_check_seconds: float = Field(default=30, gt=0, description="Pause between two looks at what stands ready.")
    queue_length_threshold: int = Field(
        default=10,
        ge=1,
        description="So many sessions whose room no worker holds, and that begin within warm_look_ahead_seconds, ask "
        "for one more worker before they are due.",
    )
    queue_age_threshold_seconds: float = Field(
        default=300, gt=0, description="The same when one of them has waited so long."
    )
    scale_up_cooldown_seconds: float = Field(
        default=300, ge=0, description="Pause between two scale-ups of a region that no booking needs."
    )

    # consolidation
    consolidation_enabled: bool = Field(
        default=True, description="Whether bookings that have not begun are moved so that workers can go."
    )
    consolidation_moves_per_pass: int = Field(
        default=20, ge=1, description="So many bookings are moved at one time, also to spare the launch of a worker."
    )
    consolidation_moves_per_hour: int = Field(default=100, ge=1, description="So many are moved in any hour.")
    consolidation_settle_seconds: float = Field(
        default=1800, ge=0, description="A booking that begins within this time is not moved any more."
    )
    consolidation_interval_seconds: float = Field(default=300, gt=0, description="Pause between two plans.")
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
    scoring_prepared_bonus: float = Field(
        default=DEFAULT_WEIGHTS.prepared_bonus,
        ge=0,
        description="Points for a worker on which a lab of the session's content stands prepared.",
    )

    def rules(self) -> tuple[RuleTold, ...]:
        """Those settings that say how it decides: all that not every service has."""
        prefix = self.model_config.get("env_prefix", "")
        return tuple(
            RuleTold(
                name=name,
                variable=f"{prefix}{name}".upper(),
                value=getattr(self, name),
                default=field.default,
                description=field.description or "",
            )
            for name, field in type(self).model_fields.items()
            if name not in ServiceSettings.model_fields
        )
