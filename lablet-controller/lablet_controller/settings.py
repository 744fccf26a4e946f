"""Settings of lablet-controller, from LABLET_CONTROLLER_* environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from lablet_controller.integration.services.device_login import DeviceLogin
from lcm_core.contracts.inbound_events import LONGEST_INBOUND_WAIT_SECONDS
from lcm_core.integration.aws.message_queue import LONGEST_WAIT_SECONDS
from lcm_core.sealing.from_settings import SealingSettings
from lcm_core.settings import HttpUrlText, ServiceSettings


class LabletControllerSettings(ServiceSettings, SealingSettings):
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
    console_logins: dict[str, DeviceLogin] = Field(
        default={},
        description="Logins typed on consoles that ask for one, as JSON by node definition, * for all others: "
        '`{"alpine": {"username": "cisco", "password": "..."}}`.',
    )
    console_node_seconds: float = Field(
        default=120, gt=0, description="How long one device may take for all of its commands; the rest is given up."
    )
    consoles_per_host: int = Field(
        default=16, ge=1, le=200, description="Consoles of one host that are open at one time, over all its labs."
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
        default=60,
        gt=0,
        description="How often LDS is asked how far a learner is, in case its event was lost, and CML of the nodes.",
    )
    grading_url: HttpUrlText | None = Field(
        default=None, description="Base URL of the grading engine; without it no session gets a score."
    )

    s3_endpoint_url: HttpUrlText | None = Field(
        default=None, description="Base URL of an object store other than AWS's own S3; credentials come from AWS_*."
    )
    s3_region: str = Field(default="us-east-1", min_length=1, description="Region of the buckets.")
    content_package_name: str = Field(
        default="SVN.zip",
        min_length=1,
        description="Object of a content bucket that is the whole package, as zip or tar; without it every object is a "
        "file of it.",
    )
    content_poll_seconds: float = Field(
        default=300,
        ge=0,
        description="How often the buckets of definitions are looked at for changes; 0 leaves it to notifications.",
    )
    content_poll_at_once: int = Field(default=4, ge=1, le=64, description="Buckets listed at the same time.")
    content_queue_url: HttpUrlText | None = Field(
        default=None,
        description="Queue in SQS to which the content buckets send their notifications; without it changes are found "
        "by content_poll_seconds alone.",
    )
    content_queue_wait_seconds: int = Field(
        default=5, ge=1, le=LONGEST_WAIT_SECONDS, description="How long one call waits for a message of that queue."
    )
    sqs_endpoint_url: HttpUrlText | None = Field(
        default=None, description="Base URL of a queue service other than AWS's own SQS; its region is s3_region."
    )
    content_fetch_seconds: float = Field(
        default=300, gt=0, description="Longest time for reading one content package, or for LDS to refresh its copy."
    )
    content_give_up_seconds: float = Field(
        default=600,
        ge=0,
        description="How long an object store or an LDS that is away is tried before a synchronisation has failed.",
    )
    content_cache_dir: Path | None = Field(
        default=None, description="Where content packages are kept over restarts; by default in memory only."
    )
    content_cache_max_bytes: int = Field(
        default=1_073_741_824,
        ge=0,
        description="Most bytes in content_cache_dir; what was unused for longest goes first.",
    )

    import_seconds: float = Field(default=180, gt=0, description="Longest time for importing a lab, retries included.")
    start_seconds: float = Field(default=120, gt=0, description="Longest time until CML accepts the start of a lab.")
    converge_seconds: float = Field(
        default=1800,
        gt=0,
        description="Longest time until every node is booted; the slowest one rules.",
    )
    lds_seconds: float = Field(
        default=1800,
        gt=0,
        description="How long a session that is being prepared waits for an LDS that is away, and then goes on.",
    )
    step_attempts: int = Field(default=10, ge=1, description="How often a failing instantiation step is tried.")
    collect_seconds: float = Field(
        default=300, gt=0, description="Longest time for collecting evidence; what was read by then is graded."
    )
    collect_max_output_characters: int = Field(
        default=200_000, ge=1000, description="Longest output kept of one command; more is cut and marked."
    )
    evidence_bucket: str | None = Field(
        default=None,
        min_length=3,
        description="S3 bucket that evidence is kept in; without it control-plane-api keeps it, within limits.",
    )
    evidence_encryption: Literal["AES256", "aws:kms", "aws:kms:dsse"] = Field(
        default="AES256", description="How S3 encrypts evidence at rest."
    )
    evidence_kms_key_id: str = Field(
        default="", description="KMS key for evidence_encryption aws:kms; by default the account's own."
    )
    evidence_retention_days: int = Field(
        default=400,
        ge=0,
        description="S3 deletes evidence after so many days, by a rule of the bucket; 0 sets no rule. Its hashes stay.",
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
        default=300,
        gt=0,
        description="How often hosts and LDS are searched for what no session will remove, and hosts for foreign labs."
        " Whoever imports a lab looks by itself.",
    )
    orphan_grace_seconds: float = Field(
        default=60, gt=0, description="How long a lab or delivery session must look orphaned before it is removed."
    )

    max_concurrent: int = Field(
        default=64, ge=1, description="Sessions handled at once; collecting keeps one for minutes."
    )
    warm_pool_hands: int = Field(
        default=2, ge=1, description="Labs of warm pools that are prepared or removed at once, in the whole fleet."
    )
    warm_pool_seconds: float = Field(
        default=15,
        gt=0,
        description="How often the warm pools are looked at; an operator's word, and labs to remove, are seen at once.",
    )
    warm_pool_give_up_seconds: float = Field(
        default=600, gt=0, description="A lab of a warm pool that is not prepared by then counts as failed."
    )
    resync_seconds: float = Field(default=30, gt=0, description="How often every live session is looked at anyway.")
    events_senders_config_path: Path | None = Field(
        default=None,
        description="YAML list of the senders of CloudEvents with the sources each speaks for; see "
        "config/event_senders.yaml. Without it every holder of the role event_source may send any source.",
    )
    events_signing_secrets: SecretStr | None = Field(
        default=None,
        description="Secrets of senders that sign instead of holding a token: sender=secret, several between spaces; "
        "two of one sender while they are exchanged.",
    )
    events_signature_window_seconds: float = Field(
        default=300, gt=0, le=3600, description="How far a signature's timestamp may be from now; older is a replay."
    )
    events_apply_seconds: float = Field(
        default=5,
        gt=0,
        le=3600,
        description="How long events are being applied before their sender is answered; kept they are.",
    )
    events_parked_seconds: float = Field(
        default=7200,
        gt=0,
        le=LONGEST_INBOUND_WAIT_SECONDS,
        description="How long an event that came early waits for its session before it becomes a dead letter.",
    )
    events_sweep_seconds: float = Field(
        default=5, gt=0, description="How often the leader looks for kept events that are due: early, failed, replayed."
    )
    events_max_body_bytes: int = Field(
        default=1_048_576, gt=0, description="Largest request at /api/events in bytes; a larger one is answered 413."
    )
