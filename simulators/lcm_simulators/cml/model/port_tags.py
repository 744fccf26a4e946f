"""PATty: the ports that the tags of running nodes open on the address of their host."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.policy import HostPolicy

_SERIAL = re.compile(r"^serial:(\d{1,5})(?::(\d{1,2}))?$")
_VNC = re.compile(r"^vnc:(\d{1,5})$")
_PAT = re.compile(r"^pat:(?:(tcp|udp):)?(\d{1,5}):(\d{1,5})$")


@dataclass(frozen=True, slots=True)
class PortTag:
    """One forwarded port: ``target`` is the serial line, or the port inside for ``pat``."""

    kind: str
    port: int
    target: int = 0
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class Forward:
    tag: PortTag
    lab_id: str
    node_id: str
    label: str


@dataclass(frozen=True, slots=True)
class IgnoredTag:
    """A tag that opens nothing, and why: the real product says so in its log only."""

    tag: str
    lab_id: str
    node_id: str
    reason: str


def parse_port_tag(text: str) -> PortTag | None:
    """The port that a node tag asks for; None for tags that have another meaning."""
    if match := _SERIAL.match(text):
        return PortTag("serial", int(match[1]), int(match[2] or 0))
    if match := _VNC.match(text):
        return PortTag("vnc", int(match[1]))
    if match := _PAT.match(text):
        return PortTag("pat", int(match[2]), int(match[3]), match[1] or "tcp")
    return None


def forwards(
    labs: Iterable[Lab], policy: HostPolicy, held: dict[int, Forward]
) -> tuple[dict[int, Forward], list[IgnoredTag]]:
    """The ports that should be open now, by number, and the tags left out.

    A port stays with the node that ``held`` it; otherwise the first running node that names it gets it.
    """
    granted: dict[int, Forward] = {}
    asked: list[tuple[bool, Forward, str]] = []
    ignored: list[IgnoredTag] = []
    for lab in labs:
        for node in lab.nodes.values():
            if node.running:
                asked.extend(_asked_by(lab, node, policy, held, ignored))
    for _, forward, text in sorted(asked, key=lambda item: not item[0]):
        port = forward.tag.port
        if port in granted:
            other = granted[port].label
            ignored.append(IgnoredTag(text, forward.lab_id, forward.node_id, f"port {port} is taken by {other}"))
        else:
            granted[port] = forward
    return granted, ignored


def _asked_by(
    lab: Lab, node: Node, policy: HostPolicy, held: dict[int, Forward], ignored: list[IgnoredTag]
) -> Iterable[tuple[bool, Forward, str]]:
    for text in node.tags:
        tag = parse_port_tag(text)
        if tag is None:
            continue
        reason = _why_not(tag, node, policy)
        if reason:
            ignored.append(IgnoredTag(text, lab.id, node.id, reason))
            continue
        forward = Forward(tag, lab.id, node.id, node.label)
        yield held.get(tag.port) == forward, forward, text


def _why_not(tag: PortTag, node: Node, policy: HostPolicy) -> str | None:
    if not policy.patty_port_low <= tag.port <= policy.patty_port_high:
        return f"port {tag.port} is outside {policy.patty_port_low}-{policy.patty_port_high}"
    if tag.kind == "serial" and tag.target >= node.definition.serial_ports:
        return f"{node.label} has no serial line {tag.target}"
    if tag.protocol == "udp":
        return "UDP is not forwarded by this simulator"
    return None
