"""Nodes, interfaces and links."""

from typing import Annotated, Any, Literal

from pydantic import Field

from lcm_simulators.cml.api.schemas.basics import Coordinate, Label, StrictBody, Tag, Uuid
from lcm_simulators.cml.model.states import ElementState, NodeState

RamMib = Annotated[int, Field(ge=1, le=1_048_576)]
Cpus = Annotated[int, Field(ge=1, le=128)]
CpuLimit = Annotated[int, Field(ge=20, le=100)]
DiskGib = Annotated[int, Field(ge=0, le=4096)]


class ConfigurationFile(StrictBody):
    name: str
    content: str


Configuration = str | ConfigurationFile | list[ConfigurationFile] | None


class NodeUpdate(StrictBody):
    label: Label | None = None
    x: Coordinate | None = None
    y: Coordinate | None = None
    image_definition: str | None = None
    ram: RamMib | None = None
    cpus: Cpus | None = None
    cpu_limit: CpuLimit | None = None
    data_volume: DiskGib | None = None
    boot_disk_size: DiskGib | None = None
    hide_links: bool | None = None
    tags: list[Tag] | None = None
    parameters: dict[str, Any] | None = None
    configuration: Configuration = None
    pinned_compute_id: Uuid | None = None


class NodeCreate(NodeUpdate):
    label: Label  # pyright: ignore[reportIncompatibleVariableOverride,reportGeneralTypeIssues]
    x: Coordinate  # pyright: ignore[reportIncompatibleVariableOverride,reportGeneralTypeIssues]
    y: Coordinate  # pyright: ignore[reportIncompatibleVariableOverride,reportGeneralTypeIssues]
    node_definition: Annotated[str, Field(min_length=1, max_length=250)]


class SerialConsole(StrictBody):
    console_key: str
    device_number: int
    label: str | None = None


class NodeOperational(StrictBody):
    boot_disk_size: int | None
    cpu_limit: int | None
    cpus: int | None
    data_volume: int | None
    ram: int | None
    compute_id: str | None
    image_definition: str | None
    vnc_key: str | None
    resource_pool: str | None
    iol_app_id: int | None
    serial_consoles: list[SerialConsole]


class NodeBase(StrictBody):
    """``configuration`` is absent, a string or a list of files: see ``exclude_configurations``."""

    id: Uuid
    label: Label
    node_definition: str
    x: Coordinate
    y: Coordinate
    image_definition: str | None
    ram: int | None
    cpus: int | None
    cpu_limit: int | None
    data_volume: int | None
    boot_disk_size: int | None
    hide_links: bool
    tags: list[str]
    parameters: dict[str, Any]
    configuration: str | list[ConfigurationFile] | None = None


class NodeResponse(NodeBase):
    lab_id: Uuid
    state: NodeState
    boot_progress: Literal["Not running", "Booting", "Booted"]
    pinned_compute_id: str | None
    compute_id: str | None = None
    resource_pool: str | None = None
    iol_app_id: int | None = None
    vnc_key: str | None = None
    serial_consoles: list[SerialConsole] | None = None
    operational: NodeOperational | None = None


class InterfaceInTopology(StrictBody):
    id: Uuid
    label: str
    type: Literal["physical", "loopback"]
    slot: int | None = None
    mac_address: str | None = None


class InterfaceOperational(StrictBody):
    device_name: str | None
    mac_address: str | None
    src_udp_port: int | None
    dst_udp_port: int | None


class InterfaceResponse(InterfaceInTopology):
    lab_id: Uuid
    node: Uuid
    is_connected: bool
    state: ElementState
    operational: InterfaceOperational | None = None


class InterfaceCreate(StrictBody):
    node: Uuid
    slot: Annotated[int, Field(ge=0, le=128)] | None = None
    mac_address: Annotated[str, Field(pattern=r"^([\da-fA-F]{2}:){5}[\da-fA-F]{2}$")] | None = None


class InterfaceUpdate(StrictBody):
    mac_address: Annotated[str, Field(pattern=r"^([\da-fA-F]{2}:){5}[\da-fA-F]{2}$")] | None = None


class LinkInTopology(StrictBody):
    id: Uuid
    interface_a: Uuid
    interface_b: Uuid
    node_a: Uuid
    node_b: Uuid
    label: str
    conditioning: dict[str, Any] | None = None


class LinkResponse(StrictBody):
    id: Uuid
    lab_id: Uuid
    label: str
    state: ElementState
    interface_a: Uuid
    interface_b: Uuid
    node_a: Uuid
    node_b: Uuid
    link_capture_key: str | None


class LinkCreate(StrictBody):
    src_int: Uuid
    dst_int: Uuid


class LinkCondition(StrictBody):
    bandwidth: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    latency: Annotated[int, Field(ge=0, le=10_000)] | None = None
    jitter: Annotated[int, Field(ge=0, le=10_000)] | None = None
    loss: Annotated[float, Field(ge=0, le=100)] | None = None
    delay_corr: Annotated[float, Field(ge=0, le=100)] | None = None
    loss_corr: Annotated[float, Field(ge=0, le=100)] | None = None
    limit: Annotated[int, Field(ge=0)] | None = None
    gap: Annotated[int, Field(ge=0)] | None = None
    duplicate: Annotated[float, Field(ge=0, le=100)] | None = None
    duplicate_corr: Annotated[float, Field(ge=0, le=100)] | None = None
    reorder_prob: Annotated[float, Field(ge=0, le=100)] | None = None
    reorder_corr: Annotated[float, Field(ge=0, le=100)] | None = None
    corrupt_prob: Annotated[float, Field(ge=0, le=100)] | None = None
    corrupt_corr: Annotated[float, Field(ge=0, le=100)] | None = None
    enabled: bool | None = None
