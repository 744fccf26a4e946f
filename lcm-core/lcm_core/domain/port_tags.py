"""Node tags by which a CML host forwards ports, in every form that content uses.

    serial:5041   serial:5041:1   serial:${PORT_SERIAL_1}     serial line 0, or the one named
    vnc:5044      vnc:${PORT_VNC_1}                           the node's display
    pat:5067:22   pat:tcp:5067:22   pat:${PORT_SSH_1}:22      a TCP port of the device
    pat:udp:5068:161                                          a UDP port of the device

The number before the inner one is the port outside; only that is ever replaced. Tags are a general namespace: whatever
has another form has another meaning and is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lcm_core.domain.enums import PortProtocol

_OUTSIDE = r"(?P<outside>[0-9]{1,5}|\$\{[A-Za-z_][A-Za-z0-9_]*\})"
_FORMS: tuple[tuple[PortProtocol, re.Pattern[str]], ...] = (
    (PortProtocol.SERIAL, re.compile(rf"(?P<prefix>serial:){_OUTSIDE}(?P<suffix>(?::(?P<inner>[0-9]{{1,2}}))?)")),
    (PortProtocol.VNC, re.compile(rf"(?P<prefix>vnc:){_OUTSIDE}(?P<suffix>)(?P<inner>)")),
    (PortProtocol.UDP, re.compile(rf"(?P<prefix>pat:udp:){_OUTSIDE}(?P<suffix>:(?P<inner>[0-9]{{1,5}}))")),
    (PortProtocol.TCP, re.compile(rf"(?P<prefix>pat:(?:tcp:)?){_OUTSIDE}(?P<suffix>:(?P<inner>[0-9]{{1,5}}))")),
)


@dataclass(frozen=True, slots=True)
class PortTag:
    """One forwarded port as written: either the *outer* number, or the *placeholder* that stands for it.

    *inner* is the serial line, or the device's TCP or UDP port; 0 for VNC. *prefix* and *suffix* are the text around
    the outer number, kept so that a rendered tag has the form its author chose.
    """

    protocol: PortProtocol
    outer: int | None
    placeholder: str | None
    inner: int
    prefix: str
    suffix: str


def parse(tag: str) -> PortTag | None:
    """The port that *tag* asks for; None when it has another meaning or names an impossible port."""
    for protocol, form in _FORMS:
        match = form.fullmatch(tag)
        if match is None:
            continue
        outside, inner = match["outside"], int(match["inner"] or 0)
        placeholder = outside[2:-1] if outside.startswith("$") else None
        outer = None if placeholder is not None else int(outside)
        possible = (outer is None or 1 <= outer <= 65535) and inner <= 65535
        if not possible or (protocol in (PortProtocol.TCP, PortProtocol.UDP) and inner == 0):
            return None
        return PortTag(protocol, outer, placeholder, inner, match["prefix"], match["suffix"])
    return None


def render(tag: PortTag, outer: int) -> str:
    """*tag* with the port that was granted, in the form in which it was written."""
    return f"{tag.prefix}{outer}{tag.suffix}"
