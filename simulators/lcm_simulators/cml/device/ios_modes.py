"""Which configuration commands open a section, and a few commands of exec mode."""

import re
from dataclasses import dataclass

from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.device.vocabulary import interface_name, interface_range


@dataclass(frozen=True, slots=True)
class SectionMode:
    """``inside`` names the prompt suffix of the section that this one belongs to, None for top level."""

    pattern: re.Pattern[str]
    suffix: str
    inside: str | None = None

    @property
    def top_level(self) -> bool:
        return self.inside is None

    def suffix_for(self, names: list[str]) -> str:
        if self.suffix == "config-if":
            if len(names) > 1:
                return "config-if-range"
            return "config-subif" if "." in names[0] else "config-if"
        return self.suffix


def _mode(pattern: str, suffix: str, inside: str | None = None) -> SectionMode:
    return SectionMode(re.compile(pattern), suffix, inside)


SECTION_MODES = (
    _mode(r"^interface \S", "config-if"),
    _mode(r"^router \S", "config-router"),
    _mode(r"^line \S", "config-line"),
    _mode(r"^vlan \d", "config-vlan"),
    _mode(r"^ip access-list standard \S", "config-std-nacl"),
    _mode(r"^ip(v6)? access-list (extended )?\S", "config-ext-nacl"),
    _mode(r"^ip dhcp pool \S", "dhcp-config"),
    _mode(r"^class-map ", "config-cmap"),
    _mode(r"^policy-map ", "config-pmap"),
    _mode(r"^route-map ", "config-route-map"),
    _mode(r"^(vrf definition|ip vrf|vrf context) ", "config-vrf"),
    _mode(r"^key chain ", "config-keychain"),
    _mode(r"^crypto isakmp policy ", "config-isakmp"),
    _mode(r"^crypto ikev2 \S+ ", "config-ikev2"),
    _mode(r"^crypto ipsec profile ", "ipsec-profile"),
    _mode(r"^crypto ipsec transform-set ", "cfg-crypto-trans"),
    _mode(r"^crypto map \S+ \d+", "config-crypto-map"),
    _mode(r"^ip sla \d", "config-ip-sla"),
    _mode(r"^track \d", "config-track"),
    _mode(r"^object-group ", "config-network-group"),
    _mode(r"^aaa group server ", "config-sg"),
    _mode(r"^(tacacs|radius) server ", "config-server"),
    _mode(r"^archive$", "config-archive"),
    _mode(r"^flow \S+ ", "config-flow"),
    _mode(r"^telemetry ietf subscription", "config-mdt-subs"),
    _mode(r"^address-family ", "config-router-af", "config-router"),
    _mode(r"^area \d+$", "config-ospf-ar", "config-router"),
    _mode(r"^class ", "config-pmap-c", "config-pmap"),
    _mode(r"^key \d", "config-keychain-key", "config-keychain"),
)
"""Tried in this order."""

GLOBAL_COMMANDS = (
    "aaa", "access-list", "banner", "cdp run", "clock", "crypto key", "enable", "hostname", "ip cef",
    "ip default-gateway", "ip dhcp excluded-address", "ip domain", "ip domain-lookup", "ip domain-name",
    "ip forward-protocol", "ip host", "ip http", "ip name-server", "ip nat inside source", "ip nat pool", "ip route",
    "ip routing", "ip scp", "ip ssh", "ipv6 route", "ipv6 unicast-routing", "lldp run", "logging buffered",
    "logging console", "logging host", "ntp", "service", "snmp-server", "spanning-tree mode", "username", "vtp",
)  # fmt: skip
"""Commands that end the section they are typed in, because they only exist globally."""


def is_global(command: str) -> bool:
    return any(command == known or command.startswith(known + " ") for known in GLOBAL_COMMANDS)


def section_mode(command: str, current: str | None) -> SectionMode | None:
    """The mode that ``command`` opens when typed in the section with prompt suffix ``current``."""
    for mode in SECTION_MODES:
        if mode.pattern.match(command) and mode.inside in (None, current):
            return mode
    return None


def section_names(mode: SectionMode, command: str) -> list[str]:
    """The header lines of the sections that the command opens, with full interface names."""
    words = command.split()
    if mode.suffix == "config-if":
        if words[1] == "range":
            return [f"interface {name}" for name in interface_range(" ".join(words[2:]))] or [command]
        return [f"interface {interface_name(' '.join(words[1:]))}"]
    if mode.suffix == "config-vlan":
        return [f"vlan {number}" for number in _vlans(words[1])]
    if mode.suffix == "config-line" and words[1].startswith("con"):
        return [f"line con {' '.join(words[2:])}".strip()]
    return [command]


def _vlans(text: str) -> list[str]:
    numbers: list[str] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and last.isdigit():
            numbers.extend(str(n) for n in range(int(first), min(int(last), int(first) + 128) + 1))
        elif first:
            numbers.append(first)
    return numbers


def exec_words(device: IosDevice, words: list[str]) -> str | None:
    """Commands of exec mode that only print something; None when the word is unknown."""
    if words[0] in ("clear", "debug", "undebug", "end", "clock", "no", "terminal"):
        return "\n"
    if words[0] == "ping" and len(words) > 1:
        return _ping(device, words[1])
    return None


def _ping(device: IosDevice, target: str) -> str:
    """Only the device's own addresses answer: no packets are forwarded between simulated nodes."""
    own = any(
        entry.line.split()[2:3] == [target]
        for section in device.config.sections("interface")
        for entry in section.children
        if entry.line.startswith("ip address")
    )
    marks, rate = ("!!!!!", "100 percent (5/5)") if own else (".....", "0 percent (0/5)")
    return (
        "Type escape sequence to abort.\n"
        f"Sending 5, 100-byte ICMP Echos to {target}, timeout is 2 seconds:\n{marks}\nSuccess rate is {rate}"
    )
