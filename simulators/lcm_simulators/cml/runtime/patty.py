"""PATty: keeps the listening ports of a host in step with the tags of its running nodes."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from lcm_simulators.cml.device.bank import DeviceBank
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.port_tags import Forward, IgnoredTag, forwards
from lcm_simulators.cml.runtime.device_ports import DevicePort, SerialPort, ServicePort, SilentPort, VncPort

IGNORED_KEPT = 500
TELNET = 23
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class OpenPort:
    forward: Forward
    server: asyncio.Server
    connections: set[DevicePort] = field(default_factory=set)


class PattyPorts:
    """``sync`` is idempotent; ``ignored`` is the log of tags that opened nothing, the latest last."""

    def __init__(self, host: Host, devices: DeviceBank, is_wedged: Callable[[], bool]) -> None:
        self._host = host
        self._devices = devices
        self._is_wedged = is_wedged
        self._ports: dict[int, OpenPort] = {}
        self._lock = asyncio.Lock()
        self._refused_by_system: set[Forward] = set()
        self.ignored: deque[IgnoredTag] = deque(maxlen=IGNORED_KEPT)

    @property
    def open_ports(self) -> dict[int, Forward]:
        return {port: entry.forward for port, entry in sorted(self._ports.items())}

    def connection_count(self) -> int:
        return sum(len(entry.connections) for entry in self._ports.values())

    async def sync(self) -> None:
        """Open and close listeners until they match the tags of the running nodes."""
        async with self._lock:
            held = {port: entry.forward for port, entry in self._ports.items()}
            wanted, ignored = forwards(self._host.labs.values(), self._host.policy, held)
            for tag in ignored:
                if tag not in self.ignored:
                    self.ignored.append(tag)
                    log.info("port tag ignored", host=self._host.address, tag=tag.tag, reason=tag.reason)
            for port in [port for port, forward in held.items() if wanted.get(port) != forward]:
                self._close(port, rudely=False)
            self._refused_by_system &= set(wanted.values())
            for port, forward in wanted.items():
                if port not in self._ports and forward not in self._refused_by_system:
                    await self._open(port, forward)

    def close(self, rudely: bool) -> None:
        for port in list(self._ports):
            self._close(port, rudely)

    async def _open(self, port: int, forward: Forward) -> None:
        loop = asyncio.get_running_loop()
        connections: set[DevicePort] = set()

        def register(connection: DevicePort, opened: bool) -> None:
            (connections.add if opened else connections.discard)(connection)

        try:
            server = await loop.create_server(
                lambda: self._protocol(forward, register), self._host.address, port, reuse_address=True
            )
        except OSError as error:
            self._refused_by_system.add(forward)
            text = f"{forward.tag.kind}:{port}"
            self.ignored.append(IgnoredTag(text, forward.lab_id, forward.node_id, f"cannot listen: {error}"))
            log.warning("port not opened", host=self._host.address, port=port, error=str(error))
            return
        self._ports[port] = OpenPort(forward, server, connections)

    def _close(self, port: int, rudely: bool) -> None:
        entry = self._ports.pop(port)
        entry.server.close()
        for connection in list(entry.connections):
            connection.hang_up(rudely)

    def _protocol(self, forward: Forward, register: Callable[[DevicePort, bool], None]) -> DevicePort:
        lab = self._host.labs.get(forward.lab_id)
        node = lab.nodes.get(forward.node_id) if lab else None
        if lab is None or node is None or self._is_wedged():
            return SilentPort(register)
        if forward.tag.kind == "vnc":
            return VncPort(register, node.label)
        if forward.tag.kind == "pat":
            if forward.tag.target != TELNET:
                return ServicePort(register, node.label, forward.tag.target)
            line = self._devices.terminal(lab, node)
        else:
            line = self._devices.line(lab, node, forward.tag.target)
        if line is None:
            return SilentPort(register)
        return SerialPort(register, line, lambda: self._devices.typed(node), self._is_wedged)
