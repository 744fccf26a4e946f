"""How busy the machine looks: the numbers behind system_stats and the simulated CloudWatch."""

from lcm_simulators.cml.model.definitions import MIB
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.states import NodeState

IDLE_PERCENT = 1.5
BOOTING_SHARE = 0.6
BOOTED_SHARE = 0.08
BASE_MEMORY_BYTES = 3 * 1024 * MIB
NODE_DISK_BYTES = 300 * MIB
BASE_DISK_BYTES = 40_000 * MIB


def cpu_percent(host: Host) -> float:
    """Share of the machine's CPUs in use, 0 to 100: booting nodes work hard, booted ones rest."""
    busy = 0.0
    for lab in host.labs.values():
        for node in lab.nodes.values():
            if node.active:
                share = BOOTED_SHARE if node.state is NodeState.BOOTED else BOOTING_SHARE
                busy += node.cpu_points / 100 * share
    return round(min(100.0, IDLE_PERCENT + 100 * busy / host.machine.cpus), 2)


def memory_used_bytes(host: Host) -> int:
    return min(host.machine.memory_bytes, BASE_MEMORY_BYTES + host.usage.memory_mib * MIB)


def disk_used_bytes(host: Host) -> int:
    return min(host.machine.disk_bytes, BASE_DISK_BYTES + host.usage.nodes * NODE_DISK_BYTES)
