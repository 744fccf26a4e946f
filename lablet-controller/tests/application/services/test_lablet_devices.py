from __future__ import annotations

import pytest

from lablet_controller.application.services.content_xml import visible_devices
from lablet_controller.application.services.device_mapping import device_access
from lcm_core.domain.enums import PortProtocol
from lcm_core.domain.errors import InvalidInput
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.values import PortBinding

NESTED = """<?xml version="1.0" encoding="UTF-8"?>
<lab_content><title>T</title>
  <device>
    <device device_label="R1" user_access_mode="local" category="router"/>
    <device device_label="PC" user_access_mode="web" category="host"/>
  </device>
</lab_content>"""


def binding(label: str, protocol: PortProtocol, inner: int, outer: int) -> PortBinding:
    return PortBinding(node_label=label, protocol=protocol, inner=inner, outer=outer)


def seen(label: str, mode: str = "local") -> VisibleDevice:
    return VisibleDevice(device_label=label, access_mode=mode)


def test_nested_and_flat_lists_say_the_same() -> None:
    flat = NESTED.replace("<device>", "").replace("</device>", "")
    assert visible_devices(flat) == visible_devices(NESTED)
    assert [(each.device_label, each.access_mode) for each in visible_devices(NESTED)] == [
        ("R1", "local"),
        ("PC", "web"),
    ]


def test_without_content_xml_nothing_is_shown() -> None:
    assert visible_devices("  ") == ()


@pytest.mark.parametrize(
    "text",
    ["<open>", "no xml", '<!DOCTYPE x [<!ENTITY a "b">]><lab_content>&a;</lab_content>'],
)
def test_xml_that_is_broken_or_tricky_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"content\.xml"):
        visible_devices(text)


def test_a_device_has_an_entry_for_each_way_in_best_first() -> None:
    bindings = [
        binding("PC", PortProtocol.SERIAL, 0, 2000),
        binding("PC", PortProtocol.TCP, 22, 2001),
        binding("PC", PortProtocol.VNC, 0, 2002),
    ]
    assert [(each.protocol, each.uri) for each in device_access([seen("PC")], bindings, "10.0.0.1")] == [
        ("vnc", "vnc://10.0.0.1:2002"),
        ("ssh", "ssh://10.0.0.1:2001"),
        ("serial", "telnet://10.0.0.1:2000"),
    ]


def test_nodes_that_only_the_grader_needs_are_not_shown() -> None:
    bindings = [binding("R1", PortProtocol.SERIAL, 0, 2000), binding("probe", PortProtocol.SERIAL, 0, 2001)]
    assert [each.name for each in device_access([seen("R1")], bindings, "h")] == ["R1"]


def test_a_device_without_ports_has_no_entry() -> None:
    assert device_access([seen("R1")], [], "h") == []


@pytest.mark.parametrize(("mode", "protocol"), [("web", "http"), ("ssh", "ssh"), ("local", "telnet")])
def test_an_unusual_tcp_port_is_opened_as_content_says(mode: str, protocol: str) -> None:
    [entry] = device_access([seen("S", mode)], [binding("S", PortProtocol.TCP, 8765, 2000)], "h")
    assert entry.protocol == protocol


def test_udp_ports_are_not_shown() -> None:
    assert device_access([seen("S")], [binding("S", PortProtocol.UDP, 161, 2000)], "h") == []
