"""The least that must be there before a lab can be booked: a worker template and a definition, as requests."""

from __future__ import annotations

from typing import Any

TEMPLATE: dict[str, Any] = {
    "name": "metal",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "capacity": {"cpu_cores": 48, "memory_gb": 192, "storage_gb": 1000, "nodes": 100, "ports": 500},
    "license_type": "PERSONAL",
    "cost_per_hour_usd": 3.9,
}
DEFINITION: dict[str, Any] = {
    "name": "one-router",
    "form_qualified_name": "Exam CCNP v1 LAB 1.1",
    "topology_yaml": "lab: {title: x, version: 0.2.2}\nnodes:\n  - {id: n0, label: r1, node_definition: iosv, x: 0,"
    " y: 0, tags: [], interfaces: [{id: i0, label: Gi0/0, type: physical, slot: 0}]}\nlinks: []\n",
    "max_duration_minutes": 60,
}
