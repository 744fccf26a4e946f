"""System information, health and statistics."""

from typing import Literal

from lcm_simulators.cml.api.schemas.basics import StrictBody, Uuid

AdmissionState = Literal["UNREGISTERED", "REGISTERED", "ONLINE", "READY"]


class SystemInformation(StrictBody):
    version: str
    ready: bool
    allow_ssh_pubkey_auth: bool
    oui: str | None


class ComputeHealth(StrictBody):
    kvm_vmx_enabled: bool | None
    enough_cpus: bool | None
    lld_connected: bool | None
    lld_synced: bool | None
    libvirt: bool | None
    fabric: bool | None
    device_mux: bool | None
    refplat_images_available: bool | None
    docker_shim: bool | None
    valid: bool | None
    admission_state: AdmissionState
    is_controller: bool
    hostname: str


class ControllerHealth(StrictBody):
    core_connected: bool | None
    nodes_loaded: bool | None
    images_loaded: bool | None
    valid: bool | None


class SystemHealth(StrictBody):
    valid: bool | None
    computes: dict[str, ComputeHealth]
    is_licensed: bool | None
    is_enterprise: bool
    controller: ControllerHealth


class CpuStats(StrictBody):
    count: int
    percent: float
    model: str
    predicted: int
    load: list[float]
    hyperthreading: bool
    """Sent by 2.9.1 although the published document does not name it."""


class TotalCpu(StrictBody):
    count: int
    percent: float


class SpaceStats(StrictBody):
    used: float
    free: float
    total: float


class DomainInfo(StrictBody):
    total_nodes: int
    total_orphans: int
    running_nodes: int
    running_orphans: int
    allocated_cpus: int
    allocated_memory: int


class ComputeStats(StrictBody):
    cpu: CpuStats
    memory: SpaceStats
    disk: SpaceStats
    dominfo: DomainInfo


class Compute(StrictBody):
    hostname: str
    is_controller: bool
    stats: ComputeStats


class TotalStats(StrictBody):
    cpu: TotalCpu
    memory: SpaceStats
    disk: SpaceStats


class ControllerStats(StrictBody):
    disk: SpaceStats


class SystemStats(StrictBody):
    computes: dict[str, Compute]
    all: TotalStats
    controller: ControllerStats


class NodeCounts(StrictBody):
    total_nodes: int
    total_orphans: int
    running_nodes: int
    running_orphans: int


class ComputeHost(StrictBody):
    id: Uuid
    server_address: str
    hostname: str
    is_simulator: bool
    is_connector: bool
    admission_state: AdmissionState
    nodes: list[Uuid]
    node_counts: NodeCounts
    is_connected: bool
    is_synced: bool


class AdmissionUpdate(StrictBody):
    admission_state: AdmissionState


class ConnectorOperational(StrictBody):
    forwarding: str
    label: str
    mtu: int
    exists: bool
    enabled: bool
    ip_networks: list[str]


class ExternalConnector(StrictBody):
    id: Uuid
    device_name: str
    label: str
    tags: list[str]
    protected: bool
    snooped: bool
    allowed: bool
    operational: ConnectorOperational


class Notice(StrictBody):
    id: Uuid
    level: str
    label: str
    content: str
    enabled: bool
    acknowledged: dict[str, bool]
    groups: list[str] | None


class MaintenanceMode(StrictBody):
    maintenance_mode: bool
    notice: Uuid | None = None
    resolved_notice: Notice | None = None


class MaintenanceUpdate(StrictBody):
    maintenance_mode: bool | None = None
    notice: Uuid | None = None
