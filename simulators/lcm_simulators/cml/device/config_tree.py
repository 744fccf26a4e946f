"""A running configuration: sections that hold lines, edited by the commands of configuration mode."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADER = re.compile(r"^(Building configuration|Current configuration|!|end$|: Saved|: end|: \S+ .*hardware)", re.I)
_BANNER = re.compile(r"^\s*banner \S+ (\^C|\S)")

SINGLE_VALUED = (
    "bandwidth", "banner exec", "banner incoming", "banner login", "banner motd", "channel-group", "clock rate",
    "clock timezone", "delay", "description", "duplex", "enable password", "enable secret", "encapsulation",
    "exec-timeout", "hostname", "ip default-gateway", "ip domain name", "ip domain-name", "ip mtu",
    "ip ospf cost", "ip ospf hello-interval", "ip ospf dead-interval", "ip ospf network", "ip ospf priority",
    "ip ssh version", "logging buffered", "login", "maximum-paths", "mtu", "name", "nameif", "native vlan", "password",
    "privilege level", "router-id", "security-level", "snmp-server contact", "snmp-server location",
    "spanning-tree mode", "speed", "switchport access vlan", "switchport mode", "switchport trunk allowed vlan",
    "switchport trunk encapsulation", "switchport trunk native vlan", "switchport voice vlan", "transport input",
    "transport output", "tunnel destination", "tunnel mode", "tunnel source", "version", "vrf forwarding",
    "vtp domain", "vtp mode",
)  # fmt: skip
"""Commands of which a section holds one: a new one replaces the old one in place."""

KEYED = (re.compile(r"^(username \S+) "), re.compile(r"^(ip access-group \S+ (?:in|out))$"), re.compile(r"^(key \d+)$"))
"""Commands of which there is one for each key."""

SHOWN_WHEN_NEGATED = (
    "aaa new-model", "auto-summary", "cdp enable", "cdp run", "ip address", "ip cef", "ip domain lookup",
    "ip domain-lookup", "ip http secure-server", "ip http server", "ip redirects", "ip routing", "ipv6 cef",
    "keepalive", "logging console", "lldp run", "lldp receive", "lldp transmit", "service password-encryption",
    "switchport", "exec-timeout", "mop enabled", "ip route-cache", "ip unreachables", "ip proxy-arp",
)  # fmt: skip
"""Defaults that are on, or that the device spells out: turning them off leaves a line."""

_ORDER = (
    "version", "service", "platform", "hostname", "boot", "vrf", "ip vrf", "logging", "enable", "aaa", "clock", "vtp",
    "ip cef", "ip domain", "ip dhcp", "ipv6", "key chain", "username", "spanning-tree", "vlan", "class-map",
    "policy-map", "crypto", "interface", "router", "ip default-gateway", "ip forward-protocol", "ip http", "ip nat",
    "ip route", "ip ssh", "ip access-list", "access-list", "route-map", "snmp-server", "banner", "line", "ntp",
)  # fmt: skip


@dataclass(slots=True)
class Entry:
    """One command and, when it opens a section, the commands inside."""

    line: str
    children: list["Entry"] = field(default_factory=list)

    def render(self, depth: int = 0) -> Iterator[str]:
        yield " " * depth + self.line
        for child in self.children:
            yield from child.render(depth + 1)


class ConfigTree:
    """The configuration of one device; ``revision`` grows with every edit."""

    def __init__(self, text: str = "") -> None:
        self.root = Entry("")
        self.revision = 0
        self._parse(text)

    def _parse(self, text: str) -> None:
        stack: list[tuple[int, Entry]] = [(-1, self.root)]
        lines = iter(text.replace("\r", "").split("\n"))
        for raw in lines:
            line = raw.rstrip()
            if not line or _HEADER.match(line.strip()) or line.strip() == "no shutdown":
                continue  # devices do not show that an interface is up
            indent = len(line) - len(line.lstrip())
            while stack[-1][0] >= indent:
                stack.pop()
            entry = Entry(_with_banner_body(line.strip(), lines))
            stack[-1][1].children.append(entry)
            stack.append((indent, entry))

    def render(self) -> str:
        """The body of ``show running-config``, from the first command to ``end``."""
        out = ["!"]
        previous = ""
        for entry in self.root.children:
            family = entry.line.split(" ", 1)[0]
            if out[-1] != "!" and family != previous:
                out.append("!")
            out.extend(entry.render())
            if entry.children:
                out.append("!")
            previous = family
        return "\n".join([*out, *([] if out[-1] == "!" else ["!"]), "end"])

    def find(self, prefix: str) -> Entry | None:
        """The first top-level entry that is ``prefix`` or starts with it and a space."""
        return next((e for e in self.root.children if _covers(prefix, e.line)), None)

    def sections(self, prefix: str) -> list[Entry]:
        return [e for e in self.root.children if _covers(prefix, e.line)]

    def value(self, prefix: str, default: str = "") -> str:
        entry = self.find(prefix)
        return entry.line[len(prefix) :].strip() if entry else default

    def open_section(self, line: str, parent: Entry | None = None) -> Entry:
        """The section with this header, created where it belongs when there is none."""
        siblings = (parent or self.root).children
        for entry in siblings:
            if entry.line == line:
                return entry
        entry = Entry(line)
        self._place(entry, siblings, parent is None or parent is self.root)
        self.revision += 1
        return entry

    def apply(self, line: str, section: Entry | None = None) -> None:
        """Carry out one configuration command in a section, or globally."""
        siblings = (section or self.root).children
        self.revision += 1
        if line.startswith("default "):
            _remove(siblings, line[8:])
        elif line.startswith("no "):
            _negate(siblings, line[3:].strip())
        else:
            self._set(line, siblings, section is None or section is self.root)

    def _set(self, line: str, siblings: list[Entry], top_level: bool) -> None:
        for entry in [e for e in siblings if e.line.startswith("no ") and _covers(e.line[3:], line)]:
            siblings.remove(entry)
        key = _replaces(line)
        for entry in siblings:
            if entry.line == line:
                return
            if key and (entry.line == key or entry.line.startswith(key + " ")) and _replaces(entry.line) == key:
                entry.line = line
                return
        self._place(Entry(line), siblings, top_level)

    def _place(self, entry: Entry, siblings: list[Entry], top_level: bool) -> None:
        position = len(siblings)
        if top_level:
            rank = _rank(entry.line)
            ranks = [_rank(other.line) for other in siblings]
            kin = [index + 1 for index, other in enumerate(ranks) if other == rank]
            later = [index for index, other in enumerate(ranks) if other > rank]
            position = kin[-1] if kin else min(later, default=position)
        siblings.insert(position, entry)


def _with_banner_body(line: str, rest: Iterator[str]) -> str:
    """Banner texts run over several lines, up to the delimiter that they began with."""
    match = _BANNER.match(line)
    if not match:
        return line
    delimiter = match[1]
    if delimiter in line[match.end() :]:
        return line
    body = [line]
    for following in rest:
        body.append(following.rstrip())
        if delimiter in following:
            break
    return "\n".join(body)


def _covers(prefix: str, line: str) -> bool:
    return line == prefix or line.startswith(prefix + " ")


def _rank(line: str) -> int:
    bare = line.removeprefix("no ")
    matches = [index for index, word in enumerate(_ORDER) if _covers(word, bare)]
    return max(matches, key=lambda index: len(_ORDER[index])) if matches else _ORDER.index("ip domain")


def _replaces(line: str) -> str | None:
    for pattern in KEYED:
        if match := pattern.match(line):
            return match[1]
    if line.startswith("ip address ") and not line.endswith(" secondary"):
        return "ip address"
    matches = [command for command in SINGLE_VALUED if _covers(command, line)]
    return max(matches, key=len) if matches else None


def _remove(siblings: list[Entry], body: str) -> bool:
    doomed = [entry for entry in siblings if _covers(body, entry.line)]
    for entry in doomed:
        siblings.remove(entry)
    return bool(doomed)


def _negate(siblings: list[Entry], body: str) -> None:
    removed = _remove(siblings, body)
    if not removed and (key := _replaces(body)):
        # "no description anything" removes whatever description there is
        doomed = [entry for entry in siblings if _replaces(entry.line) == key and key not in SHOWN_WHEN_NEGATED]
        for entry in doomed:
            siblings.remove(entry)
    shown = next((command for command in SHOWN_WHEN_NEGATED if _covers(command, body)), None)
    if shown and not body.endswith(" secondary"):
        _remove(siblings, shown)
        if not any(entry.line == f"no {shown}" for entry in siblings):
            siblings.append(Entry(f"no {shown}"))
