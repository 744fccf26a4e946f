"""Labs and topologies as response bodies."""

from typing import Any

from lcm_simulators.cml.api.views.moments import timestamp
from lcm_simulators.cml.api.views.node_views import link_in_topology, node_in_topology
from lcm_simulators.cml.model.accounts import User
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.states import Change
from lcm_simulators.cml.model.topology_writer import SCHEMA_VERSION

ALL_PERMISSIONS = ["lab_admin", "lab_edit", "lab_exec", "lab_view"]


def lab_view(host: Host, lab: Lab, user: User) -> dict[str, Any]:
    owner = host.accounts.users.get(lab.owner_id)
    return {
        "id": lab.id,
        "created": timestamp(lab.created),
        "modified": timestamp(lab.modified),
        "lab_title": lab.title,
        "lab_description": lab.description,
        "lab_notes": lab.notes,
        "owner": lab.owner_id,
        "owner_username": owner.username if owner else "",
        "owner_fullname": owner.fullname if owner else "",
        "state": lab.state,
        "node_count": len(lab.nodes),
        "link_count": len(lab.links),
        "groups": [
            {"id": share["id"], "permission": "read_write" if "lab_edit" in share["permissions"] else "read_only"}
            for share in lab.associations["groups"]
        ],
        "effective_permissions": effective_permissions(lab, user),
    }


def effective_permissions(lab: Lab, user: User) -> list[str]:
    if user.admin or lab.owner_id == user.id:
        return ALL_PERMISSIONS
    granted: set[str] = set()
    for share in [*lab.associations["users"], *lab.associations["groups"]]:
        if share["id"] == user.id or share["id"] in user.groups:
            granted.update(share["permissions"])
    return [permission for permission in ALL_PERMISSIONS if permission in granted]


def topology_view(lab: Lab, exclude_configurations: bool | None) -> dict[str, Any]:
    return {
        "lab": {
            "title": lab.title,
            "description": lab.description,
            "notes": lab.notes,
            "owner": lab.owner_id,
            "version": SCHEMA_VERSION,
        },
        "nodes": [node_in_topology(node, exclude_configurations) for node in lab.nodes.values()],
        "links": [link_in_topology(link) for link in lab.links.values()],
        "annotations": list(lab.annotations.values()),
        "smart_annotations": list(lab.smart_annotations.values()),
    }


def element_states(lab: Lab) -> dict[str, Any]:
    return {
        "nodes": {node.id: node.state for node in lab.nodes.values()},
        "links": {link.id: lab.link_state(link) for link in lab.links.values()},
        "interfaces": {interface.id: node.interface_state(interface) for node, interface in lab.interfaces()},
    }


def event_view(change: Change) -> dict[str, Any]:
    return {
        "lab_id": change.lab_id,
        "event": change.kind,
        "element_type": change.element_type,
        "element_id": change.element_id,
        "data": {} if change.state is None else {"state": change.state},
        "previous": change.previous,
        "timestamp": timestamp(change.at),
    }
