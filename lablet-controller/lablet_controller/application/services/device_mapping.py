"""From granted ports to what a learner clicks on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lcm_core.domain.enums import PortProtocol
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.values import DeviceAccess, PortBinding

_TCP_SERVICES = {22: "ssh", 23: "telnet", 80: "http", 8080: "http", 443: "https", 8443: "https", 3389: "rdp"}
_ACCESS_MODE_PROTOCOLS = {"web": "http", "ssh": "ssh", "local": "telnet"}
_URI_SCHEMES = {"serial": "telnet"}
_PREFERENCE = ("vnc", "http", "https", "rdp", "ssh", "serial", "telnet")
"""Best way in first; the delivery system gives the plain label to the first one."""


def device_access(
    devices: Iterable[VisibleDevice],
    bindings: Iterable[PortBinding],
    host: str,
    usernames: Mapping[str, str] | None = None,
) -> list[DeviceAccess]:
    """One entry for each way into each visible device, in the order of *devices*.

    Nodes that are not visible stay out whatever ports they have; UDP ports are not something a learner opens.
    """
    names, ports = usernames or {}, dict[str, list[PortBinding]]()
    for binding in bindings:
        if binding.protocol is not PortProtocol.UDP:
            ports.setdefault(binding.node_label, []).append(binding)
    entries: list[DeviceAccess] = []
    for device in devices:
        username = names.get(device.device_label, "")
        entries += _entries(device, ports.get(device.device_label, []), host, username)
    return entries


def _entries(device: VisibleDevice, bindings: Sequence[PortBinding], host: str, username: str) -> list[DeviceAccess]:
    ways = sorted(
        ((_protocol(binding, device), binding) for binding in bindings),
        key=lambda way: (_PREFERENCE.index(way[0]), way[1].inner),
    )
    return [
        DeviceAccess(
            name=device.device_label,
            protocol=protocol,
            host=host,
            port=binding.outer,
            uri=f"{_URI_SCHEMES.get(protocol, protocol)}://{host}:{binding.outer}",
            username=username,
        )
        for protocol, binding in ways
    ]


def _protocol(binding: PortBinding, device: VisibleDevice) -> str:
    match binding.protocol:
        case PortProtocol.SERIAL:
            return "serial"
        case PortProtocol.VNC:
            return "vnc"
        case PortProtocol.TCP | PortProtocol.UDP:
            known = _TCP_SERVICES.get(binding.inner)
            return known or _ACCESS_MODE_PROTOCOLS.get(device.access_mode, "telnet")
