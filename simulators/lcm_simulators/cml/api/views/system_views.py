"""The host itself as response bodies."""

from typing import Any

from lcm_simulators.cml.model.definitions import MIB
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.load import cpu_percent, disk_used_bytes, memory_used_bytes


def information(host: Host) -> dict[str, Any]:
    return {
        "version": host.policy.version,
        "ready": host.admission_state == "READY",
        "allow_ssh_pubkey_auth": False,
        "oui": None,
    }


def health(host: Host) -> dict[str, Any]:
    flags = (
        "kvm_vmx_enabled",
        "enough_cpus",
        "lld_connected",
        "lld_synced",
        "libvirt",
        "fabric",
        "device_mux",
        "refplat_images_available",
        "docker_shim",
        "valid",
    )
    compute = dict.fromkeys(flags, True) | {
        "admission_state": host.admission_state,
        "is_controller": True,
        "hostname": host.hostname,
    }
    return {
        "valid": True,
        "computes": {host.compute_id: compute},
        "is_licensed": host.licence.registered,
        "is_enterprise": host.licence.is_enterprise,
        "controller": dict.fromkeys(("core_connected", "nodes_loaded", "images_loaded", "valid"), True),
    }


def stats(host: Host) -> dict[str, Any]:
    percent = cpu_percent(host)
    load = round(percent / 100 * host.machine.cpus, 2)
    memory = _space(memory_used_bytes(host), host.machine.memory_bytes)
    disk = _space(disk_used_bytes(host), host.machine.disk_bytes)
    compute = {
        "cpu": {
            "count": host.machine.cpus,
            "percent": percent,
            "model": "Simulated CPU",
            "predicted": 0,
            "load": [load, load, load],
            "hyperthreading": True,
        },
        "memory": memory,
        "disk": disk,
        "dominfo": {
            **node_counts(host),
            "allocated_cpus": round(host.usage.cpus),
            "allocated_memory": host.usage.memory_mib * MIB // 1024,
        },
    }
    return {
        "computes": {
            host.compute_id: {"hostname": host.hostname, "is_controller": True, "stats": compute},
        },
        "all": {"cpu": {"count": host.machine.cpus, "percent": percent}, "memory": memory, "disk": disk},
        "controller": {"disk": disk},
    }


def node_counts(host: Host) -> dict[str, int]:
    return {
        "total_nodes": sum(len(lab.nodes) for lab in host.labs.values()),
        "total_orphans": 0,
        "running_nodes": host.usage.nodes,
        "running_orphans": 0,
    }


def _space(used: int, total: int) -> dict[str, float]:
    return {"used": float(used), "free": float(total - used), "total": float(total)}
