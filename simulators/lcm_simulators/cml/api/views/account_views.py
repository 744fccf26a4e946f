"""Users and groups as response bodies."""

from typing import Any

from lcm_simulators.cml.api.views.moments import timestamp
from lcm_simulators.cml.model.accounts import Group, User
from lcm_simulators.cml.model.host import Host


def user_view(host: Host, user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "fullname": user.fullname or "",
        "description": user.description or "",
        "email": user.email or "",
        "admin": user.admin,
        "groups": user.groups,
        "associations": user.associations or [],
        "resource_pool": user.resource_pool,
        "opt_in": user.opt_in,
        "tour_version": user.tour_version or "",
        "created": timestamp(user.created),
        "modified": timestamp(user.modified),
        "directory_dn": "",
        "labs": [lab.id for lab in host.labs.values() if lab.owner_id == user.id],
        "pubkey_info": user.pubkey or "",
    }


def group_view(host: Host, group: Group) -> dict[str, Any]:
    shared = [
        {"id": lab.id, "permission": "read_write" if "lab_edit" in share["permissions"] else "read_only"}
        for lab in host.labs.values()
        for share in lab.associations["groups"]
        if share["id"] == group.id
    ]
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "members": group.members,
        "labs": shared,
        "associations": group.associations,
        "created": timestamp(group.created),
        "modified": timestamp(group.modified),
        "directory_dn": "",
        "directory_exists": None,
    }
