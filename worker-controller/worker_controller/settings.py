"""Settings of worker-controller: environment variables with the prefix ``WORKER_CONTROLLER_``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from lcm_core.domain.enums import LicenseType
from lcm_core.settings import HttpUrlText, ServiceSettings


class WorkerControllerSettings(ServiceSettings):
    """Where workers are made, how their CML is reached, how closely they are watched, when they are given up."""

    model_config = SettingsConfigDict(env_prefix="WORKER_CONTROLLER_")

    service_name: str = Field(
        default="worker-controller",
        pattern=r"^[a-z][a-z0-9-]*$",
        description="Name in logs, traces, metrics, /info and in the leader key.",
    )
    port: int = Field(default=8083, ge=0, le=65535, description="TCP port to listen on; 0 lets the system choose.")

    # AWS
    aws_endpoint_url: HttpUrlText | None = Field(
        default=None, description="Replaces AWS's own addresses; credentials come from the usual AWS variables."
    )
    aws_threads: int = Field(default=8, ge=1, le=64, description="AWS calls that are made at one time.")
    aws_lookup_distance_seconds: float = Field(
        default=1.0, ge=0, description="Calls that look instances in transition up begin so far apart, however many."
    )
    fleet: str = Field(
        default="lcm",
        min_length=1,
        description="Value of the tag lcm:fleet on the subnet, the security groups and the instances of this fleet.",
    )
    regions: Annotated[list[str], NoDecode] = Field(
        default=["us-east-1"], min_length=1, description="Regions that discovery looks at besides those of workers."
    )
    ec2_key_name: str | None = Field(default=None, description="EC2 key pair of new instances; none by default.")

    # CML
    cml_username: str = Field(default="admin", min_length=1, description="CML administrator on every host.")
    cml_password: SecretStr = Field(default=SecretStr(""), description="Password of cml_username.")
    cml_bootstrap_password: SecretStr | None = Field(
        default=None,
        description="Password that new hosts come with, exchanged for cml_password on first contact; {instance_id} in "
        "it stands for the id of the EC2 instance, which is what Cisco's image sets. Unset, nothing is changed.",
    )
    cml_https_port: int = Field(default=443, ge=1, le=65535, description="Port of the CML API on every host.")
    cml_ca_file: Path | None = Field(default=None, description="CA that signed the hosts' certificates.")
    cml_check_hostname: bool = Field(
        default=True,
        description="Whether a host's certificate must name its address; the CA is checked in any case.",
    )
    license_token_personal: SecretStr | None = Field(
        default=None, description="Smart licensing token, PERSONAL: itself, or file:/path, or secretsmanager:id#key."
    )
    license_token_enterprise: SecretStr | None = Field(
        default=None, description="Smart licensing token, ENTERPRISE: itself, or file:/path, or secretsmanager:id#key."
    )
    license_token_evaluation: SecretStr | None = Field(
        default=None, description="Smart licensing token, EVALUATION: itself, or file:/path, or secretsmanager:id#key."
    )
    license_retry_seconds: float = Field(default=60, gt=0, description="Pause between two registrations of one host.")
    license_deadline_seconds: float = Field(
        default=600,
        gt=0,
        description="A licence that does not hold after this has failed: on the way up, or as asked for.",
    )
    license_release_seconds: float = Field(
        default=30, ge=0, description="How long a host that is to be removed is asked to give its licence back."
    )

    # pace
    transition_shortest_seconds: float = Field(
        default=0.5, gt=0, description="Shortest pause between two looks at a worker in transition."
    )
    transition_longest_seconds: float = Field(
        default=10, gt=0, description="Longest pause between two looks at a worker in transition."
    )
    launch_give_up_seconds: float = Field(
        default=600, gt=0, description="A launch that fails for a passing reason is tried this long."
    )
    launch_round_seconds: float = Field(
        default=60,
        gt=0,
        description="Pause before subnets, purchase options and types that EC2 refused are tried again.",
    )
    ec2_visible_seconds: float = Field(
        default=60, gt=0, description="EC2 may need this long before it lists an instance that it has launched."
    )
    ec2_running_deadline_seconds: float = Field(
        default=600, gt=0, description="A worker whose instance does not run after this has failed."
    )
    readiness_deadline_factor: float = Field(
        default=2, ge=1, description="A worker whose CML takes so many times its template's start-up time has failed."
    )
    readiness_least_deadline_seconds: float = Field(
        default=300, gt=0, description="No worker's CML has failed to come up before this."
    )
    failed_keep_seconds: float = Field(
        default=600, ge=0, description="How long the record of a failed worker stays FAILED, without its instance."
    )
    drain_warn_seconds: float = Field(default=14_400, gt=0, description="A drain that takes longer is told to people.")
    stop_force_seconds: float = Field(
        default=600, gt=0, description="An instance that has not stopped after this is stopped by force."
    )
    resting_look_seconds: float = Field(default=60, gt=0, description="Pause between two looks at a stopped worker.")
    liveness_seconds: float = Field(default=15, gt=0, description="Pause between two looks at a serving worker.")
    liveness_close_seconds: float = Field(
        default=5, gt=0, description="The same while sessions begin or end on it, it is drained, or something is wrong."
    )
    liveness_idle_seconds: float = Field(default=30, gt=0, description="The same while nobody is on it.")
    instances_seconds: float = Field(
        default=10, ge=0, description="A look at a serving worker takes EC2's word that is at most so old."
    )
    heartbeat_seconds: float = Field(
        default=60, gt=0, description="A host whose CML has not answered for this long is lost."
    )
    host_give_up_seconds: float = Field(
        default=3600,
        gt=0,
        description="A lost host that is not back by then, and that no session waits for, is removed as FAILED.",
    )
    maintenance_lead_seconds: float = Field(
        default=14_400, ge=0, description="A host is drained so long ahead of what EC2 has scheduled for it."
    )
    metrics_seconds: float = Field(default=60, gt=0, description="Pause between two metric reports of a worker.")
    metrics_close_seconds: float = Field(default=15, gt=0, description="The same, on the occasions of liveness.")
    metrics_idle_seconds: float = Field(default=300, gt=0, description="The same while nobody is on it.")
    cloud_seconds: float = Field(
        default=120, gt=0, description="Pause between two sweeps of a region: CloudWatch, status checks, maintenance."
    )
    cloud_close_seconds: float = Field(default=60, gt=0, description="The same, on the occasions of liveness.")
    cloud_idle_seconds: float = Field(default=300, gt=0, description="The same while nobody is on any worker of it.")
    session_edge_seconds: float = Field(
        default=180, ge=0, description="A session is taken to begin or end for so long before and after it does."
    )
    drift_tolerance_percent: float = Field(
        default=10, ge=0, lt=100, description="Declared cores, memory or storage that may be missing without a report."
    )
    host_events_distance_seconds: float = Field(
        default=2, ge=0, description="A host that tells of changes is looked at so far apart."
    )
    host_events_retry_seconds: float = Field(
        default=60, gt=0, description="Longest pause before a broken event stream of a host is opened again."
    )
    host_events_absent_retry_seconds: float = Field(
        default=600, gt=0, description="Pause before a host without an event stream is asked for it again."
    )
    host_events_most_streams: int = Field(
        default=500, ge=0, description="Hosts whose event stream is kept open; those beyond it are only polled."
    )
    discovery_seconds: float = Field(default=300, gt=0, description="Pause between two comparisons with the account.")
    stray_young_seconds: float = Field(
        default=300, ge=0, description="An instance younger than this is never taken for a stray one."
    )
    resync_seconds: float = Field(
        default=30, gt=0, description="Every worker is handled so often even when no event tells of a change."
    )
    max_concurrent: int = Field(default=16, ge=1, description="Workers that are handled at one time.")

    # scale-down
    scale_down_enabled: bool = Field(default=False, description="Whether idle workers are drained and stopped.")
    scale_down_min_workers: int = Field(default=0, ge=0, description="So many running workers are always kept.")
    scale_down_warm_workers: int = Field(
        default=0,
        ge=0,
        description="So many idle workers are kept in each region; the same as RESOURCE_SCHEDULER_WARM_WORKERS, or "
        "one of the two undoes what the other does.",
    )
    scale_down_look_ahead_seconds: float = Field(
        default=1800, ge=0, description="A worker on which a session begins within this time is kept."
    )
    scale_down_idle_seconds: float = Field(default=1800, ge=0, description="A worker must be idle for this long.")
    scale_down_cooldown_seconds: float = Field(default=600, ge=0, description="Pause between two scale-downs.")
    scale_down_check_seconds: float = Field(default=60, gt=0, description="Pause between two judgements.")

    @field_validator("regions", mode="before")
    @classmethod
    def _split_regions(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip().strip('"') for part in value.strip("[]").split(",") if part.strip()]

    @property
    def license_tokens(self) -> dict[LicenseType, SecretStr]:
        """Tokens that are configured, by licence type."""
        given = {
            LicenseType.PERSONAL: self.license_token_personal,
            LicenseType.ENTERPRISE: self.license_token_enterprise,
            LicenseType.EVALUATION: self.license_token_evaluation,
        }
        return {kind: token for kind, token in given.items() if token is not None}
