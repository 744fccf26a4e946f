"""Settings of lablet-controller, from LABLET_CONTROLLER_* environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from lcm_core.settings import HttpUrlText, ServiceSettings


class LabletControllerSettings(ServiceSettings):
    """How labs, delivery system and grading engine are reached, and how long each may take."""

    model_config = SettingsConfigDict(env_prefix="LABLET_CONTROLLER_")

    service_name: str = Field(default="lablet-controller", description="Name in logs, metrics and the leader key.")
    port: int = Field(default=8082, ge=0, le=65535, description="TCP port to listen on; 0 lets the system choose.")

    cml_username: str = Field(default="admin", min_length=1, description="CML user of the fleet, on every worker.")
    cml_password: SecretStr = Field(description="Password of cml_username.")
    cml_https_port: int = Field(default=443, ge=1, le=65535, description="Port of CML's REST API on every worker.")
    cml_ca_file: Path | None = Field(
        default=None, description="CA that signed the workers' certificates; by default the system's CAs."
    )
    cml_ssh_port: int = Field(default=22, ge=1, le=65535, description="Port of CML's console server on every worker.")
    cml_known_hosts_file: Path | None = Field(
        default=None,
        description="OpenSSH known_hosts file with the workers' console servers; without it the first key that a "
        "worker shows is pinned and no other one is accepted afterwards.",
    )
    cml_host_key_pins_file: Path | None = Field(
        default=None, description="Where pinned host keys are kept; by default in memory, until the process ends."
    )
    console_enable_password: SecretStr | None = Field(
        default=None, description="Enable password tried on devices that ask for one when evidence is collected."
    )
    console_prompt_seconds: float = Field(default=20, gt=0, description="How long a device may take to show a prompt.")
    console_command_seconds: float = Field(default=60, gt=0, description="How long one command on a device may take.")
    device_address: Literal["private", "public"] = Field(
        default="private", description="Which address of a worker learners are given for their devices."
    )

    lds_deployments_config_path: Path = Field(
        default=Path("config/lds_deployments.yaml"), description="YAML list of the delivery systems; see that file."
    )
    lds_password: SecretStr | None = Field(
        default=None, description="HTTP basic password for deployments that name none of their own."
    )
    lds_look_seconds: float = Field(
        default=60, gt=0, description="How often LDS is asked how far a learner is, in case its event was lost."
    )
    grading_url: HttpUrlText | None = Field(
        default=None, description="Base URL of the grading engine; without it no session gets a score."
    )

    import_seconds: float = Field(default=180, gt=0, description="Longest time for importing a lab, retries included.")
    start_seconds: float = Field(default=120, gt=0, description="Longest time until CML accepts the start of a lab.")
    converge_seconds: float = Field(
        default=1800,
        gt=0,
        description="Longest time until every node is booted; the slowest one rules.",
    )
    lds_seconds: float = Field(default=180, gt=0, description="Longest time for each step at LDS, retries included.")
    step_attempts: int = Field(default=10, ge=1, description="How often a failing instantiation step is tried.")
    collect_seconds: float = Field(
        default=300, gt=0, description="Longest time for collecting evidence; what was read by then is graded."
    )
    collect_max_output_characters: int = Field(
        default=200_000, ge=1000, description="Longest output kept of one command; more is cut and marked."
    )
    submit_seconds: float = Field(default=180, gt=0, description="Longest time for each step at the grading engine.")
    grading_deadline_seconds: float = Field(
        default=900, gt=0, description="How long to wait for a score before the session ends without one."
    )
    grading_review_deadline_seconds: float = Field(
        default=3600,
        gt=0,
        description="The same when a person has to look at it first. The lab stays on its host meanwhile; a score that "
        "comes later is stored all the same.",
    )
    grading_first_look_seconds: float = Field(
        default=5, gt=0, description="When to ask the engine for a result whose event has not come, the first time."
    )

    teardown_seconds: float = Field(
        default=900,
        gt=0,
        description="When a session that is not gone yet is told of, unless its definition says; it is never given up.",
    )
    orphan_sweep_seconds: float = Field(
        default=300, gt=0, description="How often hosts and LDS are searched for what no session will remove."
    )
    orphan_grace_seconds: float = Field(
        default=60, gt=0, description="How long a lab or delivery session must look orphaned before it is removed."
    )

    max_concurrent: int = Field(
        default=64, ge=1, description="Sessions handled at once; collecting keeps one for minutes."
    )
    resync_seconds: float = Field(default=30, gt=0, description="How often every live session is looked at anyway.")
    events_max_body_bytes: int = Field(
        default=1_048_576, gt=0, description="Largest request at /api/events in bytes; a larger one is answered 413."
    )
