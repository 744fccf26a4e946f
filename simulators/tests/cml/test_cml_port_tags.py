"""Which node tags open which ports."""

import pytest

from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.policy import HostPolicy
from lcm_simulators.cml.model.port_tags import PortTag, forwards, parse_port_tag
from lcm_simulators.cml.model.states import NodeState


def running_lab(*tags: str, definition: str = "iosv", state: NodeState = NodeState.BOOTED) -> Lab:
    lab = Lab("lab", "owner", "lab", 0, 0)
    lab.nodes["n"] = Node("n", "R1", definition, tags=list(tags), state=state)
    return lab


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("serial:5041", PortTag("serial", 5041)),
        ("serial:5041:1", PortTag("serial", 5041, 1)),
        ("vnc:5044", PortTag("vnc", 5044)),
        ("pat:6022:22", PortTag("pat", 6022, 22)),
        ("pat:tcp:6022:22", PortTag("pat", 6022, 22)),
        ("pat:udp:6053:53", PortTag("pat", 6053, 53, "udp")),
        ("serial:", None),
        ("serial:${PORT_SERIAL_1}", None),
        ("ansible:group=core", None),
        ("Serial:5041", None),
    ],
)
def test_tags_are_read_as_documented(text: str, tag: PortTag | None) -> None:
    assert parse_port_tag(text) == tag


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("serial:1999", "port 1999 is outside 2000-7999"),
        ("serial:8000", "port 8000 is outside 2000-7999"),
        ("serial:5041:2", "R1 has no serial line 2"),
        ("pat:udp:6053:53", "UDP is not forwarded by this simulator"),
    ],
)
def test_tags_that_cannot_be_served_are_ignored_with_a_reason(tag: str, reason: str) -> None:
    granted, ignored = forwards([running_lab(tag)], HostPolicy(), {})
    assert (granted, [entry.reason for entry in ignored]) == ({}, [reason])


@pytest.mark.parametrize("state", [NodeState.DEFINED_ON_CORE, NodeState.STOPPED, NodeState.QUEUED])
def test_only_running_nodes_open_ports(state: NodeState) -> None:
    assert forwards([running_lab("serial:5041", state=state)], HostPolicy(), {}) == ({}, [])
