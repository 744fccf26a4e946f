"""A lab as a topology file that imports again without loss."""

from typing import Any

from lcm_simulators.cml.model.elements import Interface, Node
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.yaml_text import dump_yaml

SCHEMA_VERSION = "0.3.0"


def topology_yaml(lab: Lab) -> str:
    return dump_yaml(topology_document(lab))


def topology_document(lab: Lab) -> dict[str, Any]:
    """Schema 0.3.0; ids are local to the file (n0, i0, l0)."""
    node_refs = {node_id: f"n{index}" for index, node_id in enumerate(lab.nodes)}
    interface_refs = {i.id: f"i{index}" for node in lab.nodes.values() for index, i in enumerate(node.interfaces)}
    return {
        "annotations": [_without_id(annotation) for annotation in lab.annotations.values()],
        "smart_annotations": [_without_id(annotation) for annotation in lab.smart_annotations.values()],
        "nodes": [_node(node, node_refs[node.id], interface_refs) for node in lab.nodes.values()],
        "links": [
            {
                "id": f"l{index}",
                "n1": node_refs[link.node_a],
                "n2": node_refs[link.node_b],
                "i1": interface_refs[link.interface_a],
                "i2": interface_refs[link.interface_b],
                "conditioning": link.condition,
                "label": link.label,
            }
            for index, link in enumerate(lab.links.values())
        ],
        "lab": {
            "description": lab.description,
            "notes": lab.notes,
            "title": lab.title,
            "version": SCHEMA_VERSION,
        },
    }


def _without_id(annotation: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in annotation.items() if key != "id"}


def _node(node: Node, reference: str, interface_refs: dict[str, str]) -> dict[str, Any]:
    return {
        "boot_disk_size": node.boot_disk_size,
        "configuration": [{"name": file.name, "content": file.content} for file in node.configuration],
        "cpu_limit": node.cpu_limit,
        "cpus": node.cpus,
        "data_volume": node.data_volume,
        "hide_links": node.hide_links,
        "id": reference,
        "image_definition": node.image_definition,
        "label": node.label,
        "node_definition": node.node_definition,
        "parameters": node.parameters,
        "ram": node.ram,
        "tags": node.tags,
        "x": node.x,
        "y": node.y,
        "interfaces": [_interface(i, interface_refs[i.id]) for i in node.interfaces],
    }


def _interface(interface: Interface, reference: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": reference, "label": interface.label, "type": interface.type}
    if interface.slot is not None:
        entry["slot"] = interface.slot
    entry["mac_address"] = interface.mac_address
    return entry
