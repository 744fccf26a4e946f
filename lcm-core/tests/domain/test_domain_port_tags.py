from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.enums import PortProtocol
from lcm_core.domain.port_tags import parse, render

_P = PortProtocol


@pytest.mark.parametrize(
    ("tag", "protocol", "outer", "placeholder", "inner"),
    [
        ("serial:5041", _P.SERIAL, 5041, None, 0),
        ("serial:5041:1", _P.SERIAL, 5041, None, 1),
        ("serial:${PORT_SERIAL_1}", _P.SERIAL, None, "PORT_SERIAL_1", 0),
        ("vnc:5044", _P.VNC, 5044, None, 0),
        ("vnc:${PORT_VNC_1}", _P.VNC, None, "PORT_VNC_1", 0),
        ("pat:5067:22", _P.TCP, 5067, None, 22),
        ("pat:tcp:5067:22", _P.TCP, 5067, None, 22),
        ("pat:udp:5068:161", _P.UDP, 5068, None, 161),
        ("pat:${PORT_SSH_1}:22", _P.TCP, None, "PORT_SSH_1", 22),
    ],
)
def test_every_form_of_a_port_tag_is_read(
    tag: str, protocol: PortProtocol, outer: int | None, placeholder: str | None, inner: int
) -> None:
    read = parse(tag)
    assert read is not None
    assert (read.protocol, read.outer, read.placeholder, read.inner) == (protocol, outer, placeholder, inner)


@pytest.mark.parametrize(
    "tag",
    ["", "core", "serial", "serial:", "serial:x", "serial:5041:", "serial:0", "serial:70000", "vnc:5044:1", "pat:5067",
     "pat:5067:0", "pat:5067:70000", "ansible:host=1", "serial:5041\n", " serial:5041", "Serial:5041", "serial:$PORT"],
)  # fmt: skip
def test_other_tags_are_left_alone(tag: str) -> None:
    assert parse(tag) is None


@pytest.mark.parametrize(
    ("tag", "rendered"),
    [
        ("serial:5041", "serial:2001"),
        ("serial:5041:1", "serial:2001:1"),
        ("serial:${PORT_SERIAL_1}", "serial:2001"),
        ("vnc:${PORT_VNC_1}", "vnc:2001"),
        ("pat:5067:22", "pat:2001:22"),
        ("pat:tcp:5067:22", "pat:tcp:2001:22"),
        ("pat:udp:5068:161", "pat:udp:2001:161"),
    ],
)
def test_rendering_replaces_only_the_outer_port(tag: str, rendered: str) -> None:
    read = parse(tag)
    assert read is not None
    assert render(read, 2001) == rendered


@given(st.sampled_from(["serial:1", "serial:1:1", "vnc:1", "pat:1:22", "pat:udp:1:53"]), st.integers(1, 65535))
def test_a_rendered_tag_reads_back_as_the_same_port(tag: str, outer: int) -> None:
    before = parse(tag)
    assert before is not None
    after = parse(render(before, outer))
    assert after is not None
    assert (after.protocol, after.outer, after.inner) == (before.protocol, outer, before.inner)
