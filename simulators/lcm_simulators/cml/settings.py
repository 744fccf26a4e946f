"""Configuration of the simulator process: environment variables with the prefix ``SIM_CML_``."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from lcm_simulators.cml.model.policy import HostPolicy


class CmlSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SIM_CML_")

    ec2_endpoint_url: str | None = Field(
        default=None,
        description="EC2 API to follow, credentials from the usual AWS variables; unset: static hosts only.",
    )
    region: str = "us-east-1"
    ec2_poll_seconds: float = Field(default=0.3, gt=0)
    ami_name_pattern: str = Field(default="CML-*", description="Images with such a name are CML hosts.")
    ami_tag: str = Field(default="cml", description="Images with this tag key are CML hosts, too.")

    static_hosts: list[str] = Field(default=[], description="Addresses of hosts that exist without EC2.")
    static_cpus: int = Field(default=32, gt=0)
    static_memory_gb: float = Field(default=128, gt=0)
    disk_gb: float = Field(default=500, gt=0)

    https_port: int = Field(default=10443, ge=0, le=65535)
    ssh_port: int = Field(default=10022, ge=0, le=65535)
    control_host: str = "127.0.0.1"
    control_port: int = Field(default=8095, ge=0, le=65535)
    state_dir: Path = Path(".data/cml")
    ca_file: Path | None = Field(default=None, description="Where the CA certificate is put; default: in state_dir.")

    admin_username: str = "admin"
    admin_password: str = Field(
        default="admin",
        description="What a new host comes with; {instance_id} in it is the id of the instance, as on Cisco's image.",
    )
    boot_seconds: float = Field(default=2.0, ge=0, description="From a running instance to an answering host.")
    pre_licensed: bool = Field(default=False, description="New hosts come registered.")

    time_scale: float = Field(default=0.008, ge=0, description="Factor on all durations; 0: everything at once.")
    queue_seconds: float = Field(default=0.5, ge=0, description="Launch queue: unscaled time between two nodes.")
    licence_registration_seconds: float = Field(default=10.0, ge=0, description="Unscaled.")
    evaluation_node_limit: int = Field(default=0, ge=0, description="Nodes that an unlicensed host starts.")
    licensed_extra_nodes: int = Field(default=300, ge=0, description="CML_NODE_COUNT granted by the licence.")
    cpu_overcommit: float = Field(default=1.0, gt=0)
    memory_overcommit: float = Field(default=1.0, gt=0)
    refusal_status: int = Field(default=400, description="Delete of a lab that is not wiped, and the like.")
    capacity_status: int = Field(default=400, description="Start beyond licence, CPU or memory.")
    accept_unknown_definitions: bool = False
    patty_port_low: int = 2000
    patty_port_high: int = 7999
    configuration_while_running: bool = Field(
        default=False, description="The stored configuration of a running node may be changed."
    )
    console_noise: bool = Field(default=False, description="Devices log to their consoles, as real ones do.")
    ws_lab_events: bool = Field(
        default=False, description="Send lab_event messages: the official client's listener dies of some of them."
    )

    @property
    def ca_path(self) -> Path:
        return self.ca_file or self.state_dir / "ca.pem"

    def policy(self) -> HostPolicy:
        names = HostPolicy.__dataclass_fields__.keys() & type(self).model_fields.keys()
        return HostPolicy(**{name: getattr(self, name) for name in names})
