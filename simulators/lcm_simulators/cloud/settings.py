"""Settings of the cloud simulator, from SIM_CLOUD_*."""

from ipaddress import IPv4Network
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from lcm_simulators.settings import SimulatorSettings


class CloudSettings(SimulatorSettings):
    """One AWS account in one region."""

    model_config = SettingsConfigDict(env_prefix="SIM_CLOUD_")

    port: int = Field(default=5000, description="port of the AWS endpoint; 0 takes a free one")
    state_dir: Path = Field(default=Path(".data/cloud"), description="folder of the account's state")
    region: str = Field(default="us-east-1", description="region with the fleet's network and images")
    fleet: str = Field(default="lcm", description="value of the tag lcm:fleet on subnet, security group and images")
    subnet: IPv4Network = Field(
        default=IPv4Network("127.10.0.0/20"),
        description="addresses of the instances; in 127.0.0.0/8 so that simulated hosts can listen on them",
    )
    ami_names: list[str] = Field(
        default=["CML-2.9.1-build.7", "CML-2.8.1-build.14"], description="names of the images on offer"
    )
    notice_queue: str = Field(
        default="lcm-content", description="queue to which every bucket tells its changes; empty for none"
    )
    quiet_bucket: str = Field(default="", description="the one bucket that tells nobody")
    transition_seconds: float = Field(
        default=2.0, ge=0, description="how long pending, stopping and shutting-down last"
    )
    terminated_kept_seconds: float = Field(
        default=3600.0, ge=0, description="how long a terminated instance can still be described"
    )
    cml_control_url: str | None = Field(
        default=None, description="address of the CML simulator's control API, for the load of each host"
    )
    metrics_interval_seconds: float = Field(default=10.0, gt=0, description="time between two data points")
    metrics_retention_seconds: float = Field(default=900.0, gt=0, description="how long data points are kept")
