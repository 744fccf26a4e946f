"""The pyATS test bed of a lab: every device by way of the console server."""

from typing import Any

from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.yaml_text import dump_yaml


def testbed_yaml(lab: Lab, terminal_server: str) -> str:
    """``terminal_server`` is ``host`` or ``host:port``."""
    host, _, port = terminal_server.partition(":")
    devices: dict[str, Any] = {
        "terminal_server": {
            "os": "linux",
            "type": "linux",
            "credentials": {"default": {"username": "change_me", "password": "change_me"}},
            "connections": {"cli": {"protocol": "ssh", "ip": host, "port": int(port or 22)}},
        }
    }
    for node in lab.nodes.values():
        if node.definition.pyats is not None and node.definition.serial_ports:
            devices[node.label] = _device(lab, node, *node.definition.pyats)
    return dump_yaml({"testbed": {"name": lab.title}, "devices": devices})


def _device(lab: Lab, node: Node, operating_system: str, series: str) -> dict[str, Any]:
    return {
        "os": operating_system,
        "type": node.definition.nature,
        "series": series,
        "platform": series,
        "credentials": {"default": {"username": "cisco", "password": "cisco"}},
        "connections": {
            "defaults": {"class": "unicon.Unicon"},
            "a": {"protocol": "telnet", "proxy": "terminal_server", "command": f"open /{lab.id}/{node.label}/0"},
        },
    }
