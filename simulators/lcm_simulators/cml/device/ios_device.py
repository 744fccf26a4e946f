"""A router, switch or firewall: its configuration and what ``show`` commands need to know about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lcm_simulators.cml.device.config_tree import ConfigTree
from lcm_simulators.cml.model.elements import Node


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where command lines of the families differ."""

    prompt_prefix: str = ""
    always_privileged: bool = False
    software: str = "Cisco IOS Software, Simulated (SIM-ADVENTERPRISEK9-M), Version 15.9(3)M"
    header: tuple[str, ...] = ("Building configuration...", "", "Current configuration : {size} bytes")
    interfaces_up: bool = False


_DIALECTS = {
    "ios": Dialect(),
    "nxos": Dialect("", True, "Cisco Nexus Operating System (NX-OS) Software, Simulated, Version 10.3(1)",
                    ("!Command: show running-config", "!Running configuration last done", "")),
    "iosxr": Dialect("RP/0/RP0/CPU0:", True, "Cisco IOS XR Software, Simulated, Version 7.11.1",
                     ("Building configuration...", "!! IOS XR Configuration", "!")),
    "asa": Dialect("", False, "Cisco Adaptive Security Appliance Software, Simulated, Version 9.22(1)",
                   (": Saved", "", ": Serial Number: SIMULATED")),
}  # fmt: skip


def dialect_of(family: str) -> Dialect:
    return _DIALECTS.get(family, _DIALECTS["ios"])


class IosDevice:
    """The running system of one node; ``changed`` is called after each edit of configuration or disk."""

    def __init__(self, node: Node, uptime_seconds: Callable[[], float], changed: Callable[[], None]) -> None:
        self.node = node
        self.dialect = dialect_of(node.definition.family)
        self.uptime_seconds = uptime_seconds
        self._changed = changed
        self.config = ConfigTree(node.disk.running or node.disk.startup or node.main_configuration() or "")
        self._complete()

    @property
    def hostname(self) -> str:
        return self.config.value("hostname") or _host_label(self.node.label)

    @property
    def startup(self) -> str | None:
        return self.node.disk.startup

    def physical_interfaces(self) -> list[str]:
        return [i.label for i in self.node.interfaces if i.type == "physical"]

    def running_config(self) -> str:
        """As ``show running-config`` prints it: three header lines, then the configuration."""
        body = self.config.render()
        header = [line.format(size=len(body)) for line in self.dialect.header]
        return "\n".join([*header, body])

    def edited(self) -> None:
        self.node.disk.running = self.config.render()
        self._changed()

    def save(self) -> None:
        self.node.disk.startup = self.config.render()
        self._changed()

    def _complete(self) -> None:
        """What a device has without being told: a host name and its interfaces."""
        if not self.config.value("hostname"):
            self.config.apply(f"hostname {_host_label(self.node.label)}")
        for label in self.physical_interfaces():
            if self.config.find(f"interface {label}") is None:
                section = self.config.open_section(f"interface {label}")
                if not self.node.definition.switching:
                    self.config.apply("no ip address", section)
                    self.config.apply("shutdown", section)


def _host_label(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", label).strip("-") or "Router"
