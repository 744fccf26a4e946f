"""One lab: its elements, its derived state, and the edits that its author may make."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lcm_simulators.cml.model.elements import Interface, Link, Node
from lcm_simulators.cml.model.refusals import NotFound, Rejected
from lcm_simulators.cml.model.states import Change, ElementState, NodeState

JOURNAL_LENGTH = 400


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(slots=True)
class Lab:
    id: str
    owner_id: str
    title: str
    created: float
    modified: float
    description: str = ""
    notes: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    annotations: dict[str, dict[str, Any]] = field(default_factory=dict)
    smart_annotations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id; there is exactly one for each distinct node tag."""
    associations: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"groups": [], "users": []})
    connector_mappings: dict[str, str | None] = field(default_factory=dict)
    journal: list[Change] = field(default_factory=list)

    @property
    def state(self) -> ElementState:
        stopped = False
        for node in self.nodes.values():
            if node.active:
                return ElementState.STARTED
            stopped = stopped or node.state is NodeState.STOPPED
        return ElementState.STOPPED if stopped else ElementState.DEFINED_ON_CORE

    @property
    def converged(self) -> bool:
        return not any(node.in_transition for node in self.nodes.values())

    def record(self, change: Change) -> None:
        self.journal.append(change)
        if len(self.journal) > JOURNAL_LENGTH:
            del self.journal[: JOURNAL_LENGTH // 4]

    def node(self, node_id: str) -> Node:
        node = self.nodes.get(node_id)
        if node is None:
            raise NotFound("Node", node_id)
        return node

    def link(self, link_id: str) -> Link:
        link = self.links.get(link_id)
        if link is None:
            raise NotFound("Link", link_id)
        return link

    def interfaces(self) -> Iterator[tuple[Node, Interface]]:
        for node in self.nodes.values():
            for interface in node.interfaces:
                yield node, interface

    def interface(self, interface_id: str) -> tuple[Node, Interface]:
        for node, interface in self.interfaces():
            if interface.id == interface_id:
                return node, interface
        raise NotFound("Interface", interface_id)

    def link_state(self, link: Link) -> ElementState:
        ends = (self.nodes[link.node_a], self.nodes[link.node_b])
        if any(node.running for node in ends):
            return ElementState.STOPPED if link.shut else ElementState.STARTED
        if all(node.state is NodeState.DEFINED_ON_CORE for node in ends):
            return ElementState.DEFINED_ON_CORE
        return ElementState.STOPPED

    def links_of(self, interface_id: str) -> list[Link]:
        return [link for link in self.links.values() if interface_id in (link.interface_a, link.interface_b)]

    def add_interface(self, node: Node, slot: int | None) -> list[Interface]:
        """Create the next physical interface, or with ``slot`` every missing one up to that slot."""
        taken = {interface.slot for interface in node.interfaces if interface.type == "physical"}
        wanted = [slot] if slot is not None else [next(n for n in range(len(taken) + 1) if n not in taken)]
        limit = node.definition.max_interfaces
        if wanted[0] >= limit:
            raise Rejected(f"Node {node.label} ({node.node_definition}) has no slot {wanted[0]}: it has {limit} slots.")
        slots = range(wanted[0] + 1) if slot is not None else wanted
        for number in slots:
            if number not in taken:
                label = node.definition.naming.label(number)
                node.interfaces.append(Interface(new_id(), label, "physical", number))
        return [i for i in node.interfaces if i.type == "physical" and i.slot is not None and i.slot in slots]

    def populate_interfaces(self, node: Node) -> None:
        """The loopback and the default number of physical interfaces of the definition."""
        if node.definition.has_loopback:
            node.interfaces.append(Interface(new_id(), "Loopback0", "loopback"))
        if node.definition.default_interfaces:
            self.add_interface(node, node.definition.default_interfaces - 1)

    def add_link(self, interface_a: str, interface_b: str) -> Link:
        node_a, end_a = self.interface(interface_a)
        node_b, end_b = self.interface(interface_b)
        if end_a.id == end_b.id:
            raise Rejected(f"A link needs two different interfaces, got {interface_a} twice.")
        for end in (end_a, end_b):
            if end.type != "physical":
                raise Rejected(f"Interface {end.label} is a {end.type} interface and takes no link.")
            if self.links_of(end.id):
                raise Rejected(f"Interface {end.label} ({end.id}) is already connected.")
        label = f"{node_a.label}-{end_a.label}<->{node_b.label}-{end_b.label}"
        link = Link(new_id(), end_a.id, end_b.id, node_a.id, node_b.id, label)
        self.links[link.id] = link
        return link

    def remove_interface(self, interface_id: str) -> None:
        node, interface = self.interface(interface_id)
        if node.active:
            raise Rejected(
                f"Interface {interface.label} belongs to {node.label}, which is {node.state}: stop it first."
            )
        for link in self.links_of(interface_id):
            del self.links[link.id]
        node.interfaces.remove(interface)

    def remove_node(self, node_id: str, refusal_status: int) -> None:
        node = self.node(node_id)
        if node.state is not NodeState.DEFINED_ON_CORE:
            raise Rejected(f"Node {node.label} is {node.state}: stop and wipe it before deleting it.", refusal_status)
        for link in [link for link in self.links.values() if node_id in (link.node_a, link.node_b)]:
            del self.links[link.id]
        del self.nodes[node_id]
        self.refresh_smart_annotations()

    def refresh_smart_annotations(self) -> None:
        """One smart annotation for each distinct tag; dropped with the last node that carries it."""
        tags = list(dict.fromkeys(tag for node in self.nodes.values() for tag in node.tags))
        present = {annotation["tag"] for annotation in self.smart_annotations.values()}
        for key in [k for k, a in self.smart_annotations.items() if a["tag"] not in tags]:
            del self.smart_annotations[key]
        for tag in tags:
            if tag not in present:
                annotation = default_smart_annotation(tag)
                self.smart_annotations[annotation["id"]] = annotation


def default_smart_annotation(tag: str) -> dict[str, Any]:
    colour = hashlib.sha256(tag.encode()).hexdigest()[:6].upper()
    return {
        "id": new_id(),
        "tag": tag,
        "is_on": True,
        "padding": 35,
        "label": tag,
        "tag_offset_x": 0,
        "tag_offset_y": 0,
        "tag_size": 14,
        "group_distance": 400,
        "thickness": 1,
        "border_style": "",
        "fill_color": f"#{colour}80",
        "border_color": "#00000080",
        "z_index": 1,
    }
