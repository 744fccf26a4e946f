"""Labs and topologies."""

from typing import Any, Literal

from pydantic import Field

from lcm_simulators.cml.api.schemas.basics import StrictBody, Timestamp, Title, Uuid
from lcm_simulators.cml.api.schemas.nodes import InterfaceInTopology, LinkInTopology, NodeBase
from lcm_simulators.cml.model.states import ChangeKind, ElementState, ElementType

Permission = Literal["lab_admin", "lab_edit", "lab_exec", "lab_view"]


class Share(StrictBody):
    id: Uuid
    permissions: list[Permission]


class GroupShare(StrictBody):
    id: Uuid
    permission: str


class Associations(StrictBody):
    groups: list[Share] = Field(default_factory=list)
    users: list[Share] = Field(default_factory=list)


class LabCreate(StrictBody):
    title: Title | None = None
    description: str | None = Field(default=None, max_length=4096)
    notes: str | None = Field(default=None, max_length=32768)
    owner: Uuid | None = None
    groups: list[GroupShare] | None = None
    associations: Associations | None = None


class LabResponse(StrictBody):
    id: Uuid
    created: Timestamp
    modified: Timestamp
    lab_title: str
    lab_description: str
    lab_notes: str
    owner: Uuid
    owner_username: str
    owner_fullname: str
    state: ElementState
    node_count: int
    link_count: int
    groups: list[GroupShare]
    effective_permissions: list[Permission]


class LabInTopology(StrictBody):
    title: str
    description: str
    notes: str
    owner: Uuid
    version: str


class NodeInTopology(NodeBase):
    interfaces: list[InterfaceInTopology]


class TopologyResponse(StrictBody):
    lab: LabInTopology
    nodes: list[NodeInTopology]
    links: list[LinkInTopology]
    annotations: list[dict[str, Any]]
    smart_annotations: list[dict[str, Any]]


class LabEvent(StrictBody):
    lab_id: Uuid
    event: ChangeKind
    element_type: ElementType
    element_id: str
    data: dict[str, Any]
    previous: str | None
    timestamp: str


class NodeStats(StrictBody):
    cpu_usage: float
    block0_rd_bytes: int
    block0_wr_bytes: int


class LinkStats(StrictBody):
    readbytes: int
    readpackets: int
    writebytes: int
    writepackets: int
    drops: int


class SimulationStats(StrictBody):
    nodes: dict[str, NodeStats]
    links: dict[str, LinkStats]


class Layer3Interface(StrictBody):
    id: Uuid
    label: str
    ip4: list[str]
    ip6: list[str]


class Layer3Node(StrictBody):
    name: str
    interfaces: dict[str, Layer3Interface]


class ConnectorMapping(StrictBody):
    key: str
    device_name: str | None


class LabTile(LabResponse):
    topology: TopologyResponse | None = None


class LabTiles(StrictBody):
    lab_tiles: dict[str, LabTile]
