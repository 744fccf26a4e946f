"""What a lab consists of: nodes with interfaces and configuration files, and links between interfaces."""

from dataclasses import dataclass, field
from typing import Any

from lcm_simulators.cml.model.definition_table import definition_of
from lcm_simulators.cml.model.definitions import NodeDefinition
from lcm_simulators.cml.model.states import ACTIVE_NODE_STATES, RUNNING_NODE_STATES, ElementState, NodeState


@dataclass(slots=True)
class ConfigFile:
    name: str
    content: str


@dataclass(slots=True)
class Interface:
    id: str
    label: str
    type: str
    slot: int | None = None
    mac_address: str | None = None
    """Set by the author of the lab; otherwise one is drawn at start."""
    assigned_mac: str | None = None
    shut: bool = False
    """Stopped by itself while its node runs."""


@dataclass(slots=True)
class Disk:
    """What a node keeps while stopped and loses when wiped. ``running`` does not survive a stop."""

    startup: str | None = None
    running: str | None = None
    files: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Node:
    id: str
    label: str
    node_definition: str
    x: float = 0
    y: float = 0
    image_definition: str | None = None
    ram: int | None = None
    cpus: int | None = None
    cpu_limit: int | None = None
    data_volume: int | None = None
    boot_disk_size: int | None = None
    hide_links: bool = False
    tags: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    configuration: list[ConfigFile] = field(default_factory=list)
    interfaces: list[Interface] = field(default_factory=list)
    state: NodeState = NodeState.DEFINED_ON_CORE
    launch_at: float | None = None
    booted_at: float | None = None
    """When QUEUED ends, and when STARTED ends; kept after that for logs and uptime."""
    console_keys: list[str] = field(default_factory=list)
    vnc_key: str | None = None
    disk: Disk = field(default_factory=Disk)

    @property
    def definition(self) -> NodeDefinition:
        return definition_of(self.node_definition)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_NODE_STATES

    @property
    def running(self) -> bool:
        return self.state in RUNNING_NODE_STATES

    @property
    def in_transition(self) -> bool:
        return self.state in (NodeState.QUEUED, NodeState.STARTED)

    @property
    def due_at(self) -> float | None:
        """When the next state change happens by itself, None if nothing is on its way."""
        if self.state is NodeState.QUEUED:
            return self.launch_at
        return self.booted_at if self.state is NodeState.STARTED else None

    @property
    def effective_cpus(self) -> int:
        return self.cpus or self.definition.cpus

    @property
    def effective_cpu_limit(self) -> int:
        return self.cpu_limit or 100

    @property
    def effective_ram_mib(self) -> int:
        return self.ram or self.definition.ram_mib

    @property
    def cpu_points(self) -> int:
        """Hundredths of a virtual CPU that this node claims while it runs."""
        return self.effective_cpus * self.effective_cpu_limit

    @property
    def main_file(self) -> str:
        return self.definition.main_file or "Main"

    def main_configuration(self) -> str | None:
        """Content of the main configuration file, None when the node has none."""
        for file in self.configuration:
            if file.name == self.main_file:
                return file.content
        return self.configuration[0].content if self.configuration else None

    def store_configuration(self, name: str, content: str) -> None:
        """Replace one file; the name ``Main`` addresses the main file of the definition."""
        name = self.main_file if name == "Main" else name
        for file in self.configuration:
            if file.name == name:
                file.content = content
                return
        self.configuration.append(ConfigFile(name, content))

    def interface_state(self, interface: Interface) -> ElementState:
        if self.running:
            return ElementState.STOPPED if interface.shut else ElementState.STARTED
        if self.state is NodeState.DEFINED_ON_CORE:
            return ElementState.DEFINED_ON_CORE
        return ElementState.STOPPED


@dataclass(slots=True)
class Link:
    id: str
    interface_a: str
    interface_b: str
    node_a: str
    node_b: str
    label: str
    condition: dict[str, Any] = field(default_factory=dict)
    shut: bool = False
    capture_key: str | None = None
