"""Sizes of nodes by node definition, from node_defaults.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class NodeSize:
    cpus: int
    ram_mib: int
    disk_gib: int
    licensed: bool = True
    virtual_machine: bool = True


@dataclass(frozen=True, slots=True)
class NodeSizes:
    by_definition: Mapping[str, NodeSize]
    fallback: NodeSize

    def of(self, node_definition: str) -> NodeSize:
        return self.by_definition.get(node_definition, self.fallback)


@cache
def default_node_sizes() -> NodeSizes:
    text = files("control_plane_api.application.services").joinpath("node_defaults.toml").read_text()
    table = tomllib.loads(text)
    return NodeSizes(
        {name: NodeSize(**size) for name, size in table["definitions"].items()}, NodeSize(**table["fallback"])
    )
