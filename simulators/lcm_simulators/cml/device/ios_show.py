"""``show`` commands of IOS-like devices."""

import re
from collections.abc import Callable
from datetime import timedelta

from lcm_simulators.cml.device.config_tree import Entry
from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.device.vocabulary import interface_name

INCOMPLETE = "% Incomplete command.\n"


def show(device: IosDevice, words: list[str], privileged: bool, history: list[str]) -> str:
    """Output of one ``show`` command given as complete words."""
    if len(words) == 1:
        return INCOMPLETE
    line = " ".join(words[1:])
    if line.startswith(("running-config", "startup-config")) and not privileged:
        return "% Invalid input detected at '^' marker.\n"
    if line == "history":
        return "\n".join(f"  {entry}" for entry in history[-10:])
    if line == "privilege":
        return f"Current privilege level is {15 if privileged else 1}"
    for prefix, function in _SHOWS:
        if line == prefix or line.startswith(prefix + " "):
            return function(device, line[len(prefix) :].strip())
    return f"% Invalid input detected at '^' marker: {line}\n"


def filter_output(output: str, pipe: str) -> str:
    """``| include``, ``exclude``, ``begin``, ``section`` and ``count``."""
    words = pipe.split(None, 1)
    if not words:
        return output
    try:
        pattern = re.compile(words[1].strip() if len(words) > 1 else "")
    except re.error:
        return "% Invalid regular expression\n"
    lines = output.split("\n")
    verb = words[0].lower()
    if "include".startswith(verb):
        return "\n".join(line for line in lines if pattern.search(line))
    if "exclude".startswith(verb):
        return "\n".join(line for line in lines if not pattern.search(line))
    if "begin".startswith(verb):
        start = next((index for index, line in enumerate(lines) if pattern.search(line)), len(lines))
        return "\n".join(lines[start:])
    if "section".startswith(verb):
        return "\n".join(_section(lines, pattern))
    if "count".startswith(verb):
        return f"Number of lines which match regexp = {sum(bool(pattern.search(line)) for line in lines)}"
    return "% Invalid input detected at '^' marker.\n"


def _section(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    kept: list[str] = []
    inside = False
    for line in lines:
        if not line.startswith(" "):
            inside = bool(pattern.search(line))
        if inside:
            kept.append(line)
    return kept


def _running_config(device: IosDevice, rest: str) -> str:
    if rest.startswith("interface "):
        name = interface_name(rest.removeprefix("interface "))
        entry = next((e for e in device.config.sections("interface") if e.line == f"interface {name}"), None)
        if entry is None:
            return "% Invalid input detected at '^' marker.\n"
        body = "\n".join(["!", *entry.render(), "end"])
        return f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n{body}\n"
    return device.running_config() + "\n"


def _startup_config(device: IosDevice, _: str) -> str:
    if device.startup is None:
        return "startup-config is not present"
    return f"Using {len(device.startup)} out of 262144 bytes\n{device.startup}\n"


def _version(device: IosDevice, _: str) -> str:
    uptime = timedelta(seconds=int(device.uptime_seconds()))
    minutes = int(uptime.total_seconds() // 60)
    return "\n".join(
        (
            device.dialect.software,
            "",
            f"{device.hostname} uptime is {minutes // 60} hours, {minutes % 60} minutes",
            'System image file is "flash0:/simulated"',
            "",
            f"Cisco {device.node.node_definition} (simulated) with {device.node.effective_ram_mib}M of memory.",
            f"{len(device.physical_interfaces())} physical interfaces",
            "Configuration register is 0x2102",
        )
    )


def _line_of(section: Entry, prefix: str) -> str | None:
    return next((e.line[len(prefix) :].strip() for e in section.children if e.line.startswith(prefix)), None)


def _interface_rows(device: IosDevice) -> list[tuple[str, str, bool]]:
    """Name, address and whether it is up."""
    rows = []
    for section in device.config.sections("interface"):
        address = _line_of(section, "ip address")
        words = (address or "").split()
        up = not any(entry.line == "shutdown" for entry in section.children)
        rows.append((section.line.removeprefix("interface "), words[0] if words else "unassigned", up))
    return rows


def _ip_interface_brief(device: IosDevice, _: str) -> str:
    lines = [f"{'Interface':<27}{'IP-Address':<16}OK? Method Status                Protocol"]
    for name, address, up in _interface_rows(device):
        method = "unset " if address == "unassigned" else "NVRAM "
        status = "up" if up else "administratively down"
        lines.append(f"{name:<27}{address:<16}YES {method} {status:<22}{'up' if up else 'down'}")
    return "\n".join(lines)


def _ip_route(device: IosDevice, _: str) -> str:
    lines = ["Codes: L - local, C - connected, S - static", ""]
    for name, address, up in _interface_rows(device):
        if up and address not in ("unassigned", "dhcp"):
            lines.append(f"C        {address}/32 is directly connected, {name}")
    lines += [f"S        {e.line.removeprefix('ip route ')}" for e in device.config.sections("ip route")]
    return "\n".join(lines)


def _interfaces_status(device: IosDevice, _: str) -> str:
    lines = ["Port         Name               Status       Vlan       Duplex  Speed Type"]
    for section in device.config.sections("interface"):
        name = section.line.removeprefix("interface ")
        up = not any(entry.line == "shutdown" for entry in section.children)
        vlan = "trunk" if _line_of(section, "switchport mode") == "trunk" else None
        vlan = vlan or _line_of(section, "switchport access vlan") or "1"
        label = (_line_of(section, "description") or "")[:18]
        lines.append(f"{name:<13}{label:<19}{'connected' if up else 'disabled':<13}{vlan:<11}auto    auto  RJ45")
    return "\n".join(lines)


def _interfaces_description(device: IosDevice, _: str) -> str:
    lines = [f"{'Interface':<31}{'Status':<15}{'Protocol':<9}Description"]
    for section in device.config.sections("interface"):
        up = not any(entry.line == "shutdown" for entry in section.children)
        name, text = section.line.removeprefix("interface "), _line_of(section, "description") or ""
        lines.append(f"{name:<31}{'up' if up else 'admin down':<15}{'up' if up else 'down':<9}{text}")
    return "\n".join(lines)


def _vlan_brief(device: IosDevice, _: str) -> str:
    names = {"1": "default"}
    for section in device.config.sections("vlan"):
        number = section.line.split()[1]
        names[number] = _line_of(section, "name") or f"VLAN{int(number):04d}" if number.isdigit() else number
    members: dict[str, list[str]] = {number: [] for number in names}
    for section in device.config.sections("interface"):
        vlan = _line_of(section, "switchport access vlan")
        if vlan:
            members.setdefault(vlan, []).append(section.line.removeprefix("interface "))
    lines = ["VLAN Name                             Status    Ports", "---- " + "-" * 32 + " --------- " + "-" * 30]
    lines += [f"{n:<5}{names.get(n, f'VLAN{n}'):<33}active    {', '.join(ports)}" for n, ports in members.items()]
    return "\n".join(lines)


def _clock(device: IosDevice, _: str) -> str:
    return f"*{timedelta(seconds=int(device.uptime_seconds()))} since boot (simulated clock)"


def _users(device: IosDevice, _: str) -> str:
    return "    Line       User       Host(s)       Idle\n*  0 con 0                idle          00:00:00"


def _nothing(device: IosDevice, _: str) -> str:
    """Tables that stay empty: no packets are forwarded between simulated nodes."""
    return "\n"


_SHOWS: tuple[tuple[str, Callable[[IosDevice, str], str]], ...] = (
    ("running-config", _running_config),
    ("startup-config", _startup_config),
    ("version", _version),
    ("ip interface brief", _ip_interface_brief),
    ("ip route", _ip_route),
    ("interfaces status", _interfaces_status),
    ("interfaces description", _interfaces_description),
    ("vlan", _vlan_brief),
    ("clock", _clock),
    ("users", _users),
    ("ip ospf neighbor", _nothing),
    ("cdp neighbors", _nothing),
    ("lldp neighbors", _nothing),
    ("logging", _nothing),
    ("arp", _nothing),
    ("mac address-table", _nothing),
)
