"""What a CML topology asks for: nodes, links, resources, forwarded ports; and everything that is wrong with it.

CPU-bound: a file of the largest accepted size takes seconds, so call it off the event loop.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from control_plane_api.application.services.bounded_yaml import UnusableYaml, YamlDocument, load_bounded_yaml
from control_plane_api.application.services.node_defaults import NodeSizes, default_node_sizes
from control_plane_api.application.services.topology_model import Topology, TopologyNode
from lcm_core.domain import port_tags
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.values import PortRequest, ResourceVector

MAX_NODES = 500
_MAX_TOLD = 50
_FORWARDING = re.compile(r"(serial|vnc|pat):(\s*[0-9$].*)?")
"""What begins like a forwarding tag and has a number or a placeholder behind it was meant as one."""


@dataclass(frozen=True, slots=True)
class TopologyAnalysis:
    title: str
    node_labels: tuple[str, ...]
    link_count: int
    requirements: ResourceVector
    port_requests: tuple[PortRequest, ...]
    node_definitions: Mapping[str, str]
    """By label."""
    nested_virtualization: bool = True
    """Whether any node is a virtual machine, so that the host needs hardware virtualisation."""

    @property
    def licensed_nodes(self) -> int:
        """Nodes that count against the limit of a licence."""
        return self.requirements.nodes

    @property
    def node_count(self) -> int:
        return len(self.node_labels)


def analyse_topology(text: str, sizes: NodeSizes | None = None) -> TopologyAnalysis:
    """Raises InvalidInput with every problem found, each with its path inside the topology and its line."""
    document = _parsed(text)
    topology = _modelled(document)
    problems = [document.problem(path, message) for path, message in _inconsistencies(topology)]
    if problems:
        raise _invalid(problems)
    requests = tuple(request for node in topology.nodes for request in _port_requests(node))
    sizes = sizes or default_node_sizes()
    return TopologyAnalysis(
        title=topology.lab.title or "",
        node_labels=tuple(node.label for node in topology.nodes),
        link_count=len(topology.links),
        requirements=_requirements(topology.nodes, len(requests), sizes),
        port_requests=requests,
        node_definitions={node.label: node.node_definition for node in topology.nodes},
        nested_virtualization=any(sizes.of(node.node_definition).virtual_machine for node in topology.nodes),
    )


def _parsed(text: str) -> YamlDocument:
    try:
        document = load_bounded_yaml(text)
    except UnusableYaml as error:
        told = f"line {error.line}: {error.message}" if error.line else error.message
        raise _invalid([InputProblem("", told)]) from error
    if not isinstance(document.value, dict):
        raise _invalid([document.problem("", "a topology is a mapping with lab, nodes and links")])
    return document


def _modelled(document: YamlDocument) -> Topology:
    nodes = document.value.get("nodes")
    if isinstance(nodes, list) and len(nodes) > MAX_NODES:
        raise _invalid([document.problem("/nodes", f"{len(nodes)} nodes; at most {MAX_NODES} are accepted")])
    try:
        return Topology.model_validate(document.value)
    except ValidationError as error:
        raise _invalid(
            [
                document.problem("".join(f"/{part}" for part in item["loc"]), item["msg"])
                for item in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def _invalid(problems: Sequence[InputProblem]) -> InvalidInput:
    told = list(problems[:_MAX_TOLD])
    if len(problems) > _MAX_TOLD:
        told.append(InputProblem("", f"and {len(problems) - _MAX_TOLD} more"))
    return InvalidInput(told, what="topology", code="topology-invalid")


def _inconsistencies(topology: Topology) -> Iterator[tuple[str, str]]:
    """(path, message) of what no schema sees."""
    if not topology.nodes:
        yield "/nodes", "a lab needs at least one node"
    yield from _repeated("/nodes", "id", [node.id for node in topology.nodes])
    yield from _repeated("/nodes", "label", [node.label for node in topology.nodes])
    yield from _repeated("/links", "id", [link.id for link in topology.links])
    yield from _loose_ends(topology)
    yield from _bad_port_tags(topology.nodes)


def _repeated(path: str, key: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    counts = Counter(values)
    seen: set[str] = set()
    for index, value in enumerate(values):
        if counts[value] > 1 and value in seen:
            yield f"{path}/{index}/{key}", f"{key} {value!r} is used before"
        seen.add(value)


def _loose_ends(topology: Topology) -> Iterator[tuple[str, str]]:
    interfaces = {node.id: {interface.id for interface in node.interfaces} for node in topology.nodes}
    for index, link in enumerate(topology.links):
        for node_key, interface_key in (("n1", "i1"), ("n2", "i2")):
            node_id, interface_id = getattr(link, node_key), getattr(link, interface_key)
            if node_id not in interfaces:
                yield f"/links/{index}/{node_key}", f"there is no node {node_id!r}"
            elif interface_id not in interfaces[node_id]:
                yield f"/links/{index}/{interface_key}", f"node {node_id!r} has no interface {interface_id!r}"


def _bad_port_tags(nodes: Iterable[TopologyNode]) -> Iterator[tuple[str, str]]:
    outside: dict[str, str] = {}
    for number, node in enumerate(nodes):
        inside: set[str] = set()
        for position, text in enumerate(node.tags):
            path = f"/nodes/{number}/tags/{position}"
            tag = port_tags.parse(text)
            if tag is None:
                if _FORWARDING.fullmatch(text):
                    yield path, f"tag {text!r} looks like a forwarded port and is none"
                continue
            request = _request(node.label, tag)
            if request.name in inside:
                yield path, f"{request.name} is forwarded twice"
            inside.add(request.name)
            outer = tag.placeholder if tag.placeholder is not None else str(tag.outer)
            if outer in outside:
                yield path, f"outside port {outer} is used by node {outside[outer]!r} already"
            outside[outer] = node.label


def _port_requests(node: TopologyNode) -> Iterator[PortRequest]:
    for text in node.tags:
        tag = port_tags.parse(text)
        if tag is not None:
            yield _request(node.label, tag)


def _request(node_label: str, tag: port_tags.PortTag) -> PortRequest:
    return PortRequest(node_label=node_label, protocol=tag.protocol, inner=tag.inner)


def _requirements(nodes: Sequence[TopologyNode], ports: int, sizes: NodeSizes) -> ResourceVector:
    """Sums, rounded up to whole units at the end. A CPU limit takes that much of each of the node's cores."""
    cpus = ram_mib = disk_gib = 0.0
    licensed = 0
    for node in nodes:
        size = sizes.of(node.node_definition)
        cpus += (node.cpus or size.cpus) * (node.cpu_limit or 100) / 100
        ram_mib += node.ram or size.ram_mib
        disk_gib += (node.boot_disk_size or size.disk_gib) + (node.data_volume or 0)
        licensed += size.licensed
    return ResourceVector(
        cpu_cores=math.ceil(round(cpus, 6)),
        memory_gb=math.ceil(ram_mib / 1024),
        storage_gb=math.ceil(disk_gib),
        nodes=licensed,
        ports=ports,
    )
