"""Node and image definitions as response bodies."""

from typing import Any

from lcm_simulators.cml.model.definitions import NodeDefinition

SCHEMA_VERSION = "0.0.1"


def node_definition_view(definition: NodeDefinition) -> dict[str, Any]:
    return {
        "id": definition.id,
        "general": _general(definition),
        "device": {
            "interfaces": {
                "serial_ports": definition.serial_ports,
                "physical": [definition.naming.label(slot) for slot in range(definition.max_interfaces)],
                "has_loopback_zero": definition.has_loopback,
                "default_count": definition.default_interfaces,
                "min_count": definition.min_interfaces,
                "default_console": 0,
                "loopback": ["Loopback0"] if definition.has_loopback else [],
            }
        },
        "sim": {"linux_native": _sim(definition)},
        "boot": {
            "timeout": int(definition.boot_timeout_seconds),
            "completed": list(definition.completed),
            "uses_regex": False,
        },
        "pyats": {
            "os": definition.pyats[0] if definition.pyats else None,
            "series": definition.pyats[1] if definition.pyats else None,
            "use_in_testbed": definition.pyats is not None,
            "config_extract_command": definition.extract_command,
        },
        "configuration": {
            "generator": {"driver": definition.id if definition.config_files else None},
            "provisioning": {
                "files": [{"name": name, "content": "", "editable": True} for name in definition.config_files],
                "media_type": "iso",
                "volume_name": "disk0",
            },
        },
        "ui": _ui(definition),
        "inherited": {"image": _SIZES, "node": _SIZES},
        "schema_version": SCHEMA_VERSION,
    }


_SIZES = {"ram": True, "cpus": True, "data_volume": True, "boot_disk_size": True, "cpu_limit": True}


def simplified_view(definition: NodeDefinition) -> dict[str, Any]:
    full = node_definition_view(definition)
    kept = {key: full[key] for key in ("id", "general", "device", "sim", "ui")}
    return {**kept, "image_definitions": [definition.image_id] if definition.driver != "none" else []}


def image_definition_view(definition: NodeDefinition) -> dict[str, Any]:
    return {
        "id": definition.image_id,
        "node_definition_id": definition.id,
        "label": f"{definition.id} (simulated)",
        "description": f"Simulated image of {definition.id}",
        "disk_image": f"{definition.image_id}.qcow2",
        "read_only": True,
        "ram": None,
        "cpus": None,
        "cpu_limit": None,
        "data_volume": None,
        "boot_disk_size": None,
        "schema_version": SCHEMA_VERSION,
    }


def _general(definition: NodeDefinition) -> dict[str, Any]:
    return {
        "nature": definition.nature,
        "description": definition.description or f"Simulated {definition.id}",
        "read_only": True,
    }


def _sim(definition: NodeDefinition) -> dict[str, Any]:
    return {
        "driver": definition.id,
        "libvirt_domain_driver": definition.driver,
        "ram": definition.ram_mib or None,
        "cpus": definition.cpus or None,
        "cpu_limit": 100 if definition.cpus else None,
        "boot_disk_size": definition.boot_disk_gib,
        "data_volume": None,
        "video": {"memory": 16, "model": "vga"} if definition.has_vnc else None,
    }


def _ui(definition: NodeDefinition) -> dict[str, Any]:
    icon = definition.nature if definition.nature in ("router", "switch", "server", "firewall") else "cloud"
    return {"label": definition.id, "label_prefix": f"{definition.id}-", "icon": icon, "visible": True}
