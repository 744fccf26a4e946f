"""Nodes, interfaces and links as response bodies."""

from typing import Any

from lcm_simulators.cml.model.elements import Interface, Link, Node
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.states import BOOT_PROGRESS


def node_base(node: Node, exclude_configurations: bool | None) -> dict[str, Any]:
    """``exclude_configurations``: True no configuration, False all files, None the main file as a string."""
    body: dict[str, Any] = {
        "id": node.id,
        "label": node.label,
        "node_definition": node.node_definition,
        "x": node.x,
        "y": node.y,
        "image_definition": node.image_definition,
        "ram": node.ram,
        "cpus": node.cpus,
        "cpu_limit": node.cpu_limit,
        "data_volume": node.data_volume,
        "boot_disk_size": node.boot_disk_size,
        "hide_links": node.hide_links,
        "tags": node.tags,
        "parameters": node.parameters,
    }
    if exclude_configurations is None:
        body["configuration"] = node.main_configuration()
    elif not exclude_configurations:
        body["configuration"] = [{"name": file.name, "content": file.content} for file in node.configuration]
    return body


def node_in_topology(node: Node, exclude_configurations: bool | None) -> dict[str, Any]:
    body = node_base(node, exclude_configurations)
    # Without the node's id: the official client would overwrite its own reference with the bare text.
    body["interfaces"] = [interface_base(interface) for interface in node.interfaces]
    return body


def node_view(
    host: Host, lab: Lab, node: Node, exclude_configurations: bool | None, operational: bool | None
) -> dict[str, Any]:
    """``operational``: None puts the running values at the root as well as in their own object."""
    body = node_base(node, exclude_configurations)
    body |= {
        "lab_id": lab.id,
        "state": node.state,
        "boot_progress": BOOT_PROGRESS.get(node.state, "Not running"),
        "pinned_compute_id": None,
    }
    running = node_operational(host, node)
    if operational is not False:
        body["operational"] = running
    if operational is None:
        for key in ("compute_id", "resource_pool", "iol_app_id", "vnc_key", "serial_consoles"):
            body[key] = running[key]
    return body


def node_operational(host: Host, node: Node) -> dict[str, Any]:
    definition = node.definition
    return {
        "boot_disk_size": node.boot_disk_size or definition.boot_disk_gib,
        "cpu_limit": node.effective_cpu_limit,
        "cpus": node.effective_cpus,
        "data_volume": node.data_volume,
        "ram": node.effective_ram_mib,
        "compute_id": host.compute_id if node.active else None,
        "image_definition": node.image_definition or definition.image_id,
        "vnc_key": node.vnc_key,
        "resource_pool": None,
        "iol_app_id": None,
        "serial_consoles": [
            {"console_key": key, "device_number": line, "label": None} for line, key in enumerate(node.console_keys)
        ],
    }


def interface_base(interface: Interface) -> dict[str, Any]:
    body: dict[str, Any] = {"id": interface.id, "label": interface.label, "type": interface.type}
    if interface.slot is not None:
        body["slot"] = interface.slot
    body["mac_address"] = interface.mac_address
    return body


def interface_view(lab: Lab, node: Node, interface: Interface, operational: bool | None) -> dict[str, Any]:
    body = interface_base(interface)
    body |= {
        "lab_id": lab.id,
        "node": node.id,
        "is_connected": bool(lab.links_of(interface.id)),
        "state": node.interface_state(interface),
    }
    if operational:
        body["operational"] = {
            "device_name": f"tap{interface.id[:11]}" if node.active else None,
            "mac_address": interface.assigned_mac,
            "src_udp_port": None,
            "dst_udp_port": None,
        }
    return body


def link_in_topology(link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "interface_a": link.interface_a,
        "interface_b": link.interface_b,
        "node_a": link.node_a,
        "node_b": link.node_b,
        "label": link.label,
        "conditioning": link.condition,
    }


def link_view(lab: Lab, link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "lab_id": lab.id,
        "label": link.label,
        "state": lab.link_state(link),
        "interface_a": link.interface_a,
        "interface_b": link.interface_b,
        "node_a": link.node_a,
        "node_b": link.node_b,
        "link_capture_key": link.capture_key,
    }
