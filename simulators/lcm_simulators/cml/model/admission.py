"""May these nodes start on this host? Counts licence, CPU and memory, and says which one is short."""

from collections.abc import Iterable
from dataclasses import dataclass

from lcm_simulators.cml.model.definitions import MIB
from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.licence import Licence
from lcm_simulators.cml.model.policy import HostPolicy


@dataclass(slots=True)
class Usage:
    """What active nodes claim."""

    nodes: int = 0
    licensed_nodes: int = 0
    cpu_points: int = 0
    memory_mib: int = 0

    def add(self, node: Node, sign: int = 1) -> None:
        self.nodes += sign
        self.licensed_nodes += sign * node.definition.licensed
        self.cpu_points += sign * node.cpu_points
        self.memory_mib += sign * node.effective_ram_mib

    @property
    def cpus(self) -> float:
        return self.cpu_points / 100


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer under the host."""

    cpus: int
    memory_bytes: int
    disk_bytes: int


def shortage(usage: Usage, nodes: Iterable[Node], machine: Machine, licence: Licence, policy: HostPolicy) -> str | None:
    """The reason why ``nodes`` cannot be started on top of ``usage``, None when there is room for all."""
    wanted = Usage(usage.nodes, usage.licensed_nodes, usage.cpu_points, usage.memory_mib)
    for node in nodes:
        wanted.add(node)
    limit = licence.node_limit(policy)
    if wanted.licensed_nodes > limit:
        if not licence.registered:
            return f"Licence: this host is not registered, {wanted.licensed_nodes} nodes asked for, {limit} allowed."
        return f"Licence node limit exceeded: {wanted.licensed_nodes} nodes asked for, {limit} allowed."
    cpus = machine.cpus * policy.cpu_overcommit
    if wanted.cpus > cpus:
        return f"Not enough CPU: {wanted.cpus:g} virtual CPUs asked for, {cpus:g} available on this host."
    memory_mib = machine.memory_bytes * policy.memory_overcommit / MIB
    if wanted.memory_mib > memory_mib:
        return f"Not enough memory: {wanted.memory_mib} MiB asked for, {memory_mib:.0f} MiB available on this host."
    return None
