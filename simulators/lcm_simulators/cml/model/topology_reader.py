"""Topology files, YAML or JSON, of schema versions 0.0.1 to 0.3.0, become labs."""

import json
from datetime import UTC, datetime
from typing import Any

import yaml
from pydantic import ValidationError

from lcm_simulators.cml.model.definition_table import DEFINITIONS
from lcm_simulators.cml.model.elements import ConfigFile, Interface, Link, Node
from lcm_simulators.cml.model.lab import Lab, default_smart_annotation, new_id
from lcm_simulators.cml.model.policy import HostPolicy
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.topology_file import FileNode, TopologyFile
from lcm_simulators.cml.model.yaml_text import load_yaml

MAXIMUM_WARNINGS = 50


def parse_topology(body: bytes) -> TopologyFile:
    """Parse and check; raises ``Rejected`` with what is wrong and where."""
    try:
        text = body.decode()
        document: Any = json.loads(text) if text.lstrip().startswith("{") else load_yaml(text)
    except (UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        raise Rejected(f"Topology is neither valid YAML nor JSON: {error}") from error
    if not isinstance(document, dict):
        raise Rejected("Topology must be a mapping with the keys lab, nodes and links.")
    try:
        return TopologyFile.model_validate(document)
    except ValidationError as error:
        faults = [
            {"location": ["body", *map(str, fault["loc"])], "type": fault["type"], "message": fault["msg"]}
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise Rejected(json.dumps({"Input validation failed": faults})) from error


def build_lab(
    topology: TopologyFile, title: str | None, owner_id: str, now: float, policy: HostPolicy
) -> tuple[Lab, list[str]]:
    """A new lab with fresh ids, and warnings for the author; ``title`` overrides the one in the file."""
    default_title = datetime.fromtimestamp(now, UTC).strftime("Lab at %a %H:%M %p")
    lab = Lab(new_id(), owner_id, title or topology.lab.title or default_title, now, now)
    lab.description, lab.notes = topology.lab.description or "", topology.lab.notes or ""
    warnings: list[str] = []
    known: dict[tuple[str, str], tuple[Node, Interface]] = {}
    node_ids: set[str] = set()
    for entry in topology.nodes:
        if entry.id in node_ids:
            raise Rejected(f"Node id {entry.id} is used twice in the topology.")
        node_ids.add(entry.id)
        node = _node(entry, policy, warnings)
        lab.nodes[node.id] = node
        for source, interface in zip(entry.interfaces, node.interfaces, strict=True):
            known[entry.id, source.id] = (node, interface)
    _connect(lab, topology, known)
    _annotate(lab, topology)
    return lab, warnings[:MAXIMUM_WARNINGS]


def _node(entry: FileNode, policy: HostPolicy, warnings: list[str]) -> Node:
    definition = DEFINITIONS.get(entry.node_definition)
    if definition is None:
        if not policy.accept_unknown_definitions:
            raise Rejected(f"Node definition not found: {entry.node_definition} (node {entry.label})")
        warnings.append(f"* Node **{entry.label}**: unknown node definition `{entry.node_definition}`.")
    elif entry.image_definition and entry.image_definition != definition.image_id:
        warnings.append(
            f"* Node **{entry.label}**: image `{entry.image_definition}` is not on this host, "
            f"`{definition.image_id}` is used."
        )
    node = Node(
        id=new_id(),
        label=entry.label,
        node_definition=entry.node_definition,
        x=entry.x,
        y=entry.y,
        image_definition=entry.image_definition or None,
        ram=entry.ram or None,
        cpus=entry.cpus or None,
        cpu_limit=entry.cpu_limit or None,
        data_volume=entry.data_volume or None,
        boot_disk_size=entry.boot_disk_size or None,
        hide_links=bool(entry.hide_links),
        tags=list(dict.fromkeys(entry.tags or [])),
        parameters=dict(entry.parameters or {}),
    )
    node.configuration = _configuration(node, entry)
    node.interfaces = [
        Interface(new_id(), i.label or f"{i.type}{i.slot or 0}", i.type, i.slot, i.mac_address or None)
        for i in entry.interfaces
    ]
    return node


def _configuration(node: Node, entry: FileNode) -> list[ConfigFile]:
    if entry.configuration is None or entry.configuration == "":
        return []
    if isinstance(entry.configuration, str):
        return [ConfigFile(node.main_file, entry.configuration)]
    files = entry.configuration if isinstance(entry.configuration, list) else [entry.configuration]
    return [ConfigFile(node.main_file if f.name == "Main" else f.name, f.content) for f in files]


def _connect(lab: Lab, topology: TopologyFile, known: dict[tuple[str, str], tuple[Node, Interface]]) -> None:
    busy: set[str] = set()
    for entry in topology.links:
        ends = []
        for node_ref, interface_ref in ((entry.n1, entry.i1), (entry.n2, entry.i2)):
            if (node_ref, interface_ref) not in known:
                raise Rejected(f"Link {entry.id} names interface {interface_ref} of node {node_ref}: there is none.")
            ends.append(known[node_ref, interface_ref])
        (node_a, end_a), (node_b, end_b) = ends
        for end in (end_a, end_b):
            if end.id in busy:
                raise Rejected(f"Link {entry.id} uses interface {end.label}, which is already connected.")
            busy.add(end.id)
        label = entry.label or f"{node_a.label}-{end_a.label}<->{node_b.label}-{end_b.label}"
        link = Link(new_id(), end_a.id, end_b.id, node_a.id, node_b.id, label, dict(entry.conditioning or {}))
        lab.links[link.id] = link


def _annotate(lab: Lab, topology: TopologyFile) -> None:
    for annotation in topology.annotations:
        identifier = new_id()
        lab.annotations[identifier] = {**annotation, "id": identifier}
    tags = {tag for node in lab.nodes.values() for tag in node.tags}
    for annotation in topology.smart_annotations:
        tag = annotation.get("tag")
        if tag in tags:
            fresh = default_smart_annotation(tag)
            given = {key: value for key, value in annotation.items() if key in fresh and key != "id"}
            lab.smart_annotations[fresh["id"]] = {**fresh, **given}
            tags.discard(tag)
    lab.refresh_smart_annotations()
