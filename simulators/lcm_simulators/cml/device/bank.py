"""The devices of one host: made when somebody looks at a node, gone when the node stops."""

from collections.abc import Callable
from dataclasses import dataclass

from lcm_simulators.cml.device.boot_text import boot_entries
from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.device.ios_shell import IosShell
from lcm_simulators.cml.device.linux_shell import LinuxShell, LinuxSystem
from lcm_simulators.cml.device.serial_line import SerialLine, Shell
from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.states import Change, ElementType, NodeState


@dataclass(slots=True)
class Device:
    """A running node: its system and its serial lines."""

    system: IosDevice | LinuxSystem
    lines: list[SerialLine]
    hang_up: list[Callable[[], None]]
    """Called when the node stops, to end the connections to its lines."""


class DeviceBank:
    """``clock`` gives seconds since the epoch; ``saved`` is called with a lab whose disks changed."""

    def __init__(self, host: Host, clock: Callable[[], float]) -> None:
        self._host = host
        self._clock = clock
        self._devices: dict[str, Device] = {}
        self.activity_at: dict[str, float] = {}
        """When somebody last typed on a node, by node id."""
        self.saved: Callable[[], None] = lambda: None

    def device(self, lab: Lab, node: Node) -> Device | None:
        """The device of a running node that has a command line, else None."""
        if not node.running or not node.definition.serial_ports:
            return None
        if node.id not in self._devices:
            self._devices[node.id] = self._boot(lab, node)
        return self._devices[node.id]

    def line(self, lab: Lab, node: Node, number: int) -> SerialLine | None:
        device = self.device(lab, node)
        return device.lines[number] if device and number < len(device.lines) else None

    def terminal(self, lab: Lab, node: Node) -> SerialLine | None:
        """A terminal of its own on a booted device, as a telnet session is; None when there is none to be had."""
        device = self.device(lab, node)
        if device is None or node.state is not NodeState.BOOTED:
            return None
        line = SerialLine(self._shell(device.system), lambda: self._elapsed_ms(node))
        line.boot([], True)
        return line

    def find_console(self, console_key: str) -> tuple[Lab, Node, int] | None:
        for lab in self._host.labs.values():
            for node in lab.nodes.values():
                if console_key in node.console_keys:
                    return lab, node, node.console_keys.index(console_key)
        return None

    def typed(self, node: Node) -> None:
        self.activity_at[node.id] = self._clock()

    def follow(self, change: Change) -> None:
        """Keep devices in step with their nodes."""
        if change.element_type is ElementType.NODE and change.element_id in self._devices:
            if change.state == NodeState.BOOTED:
                self._finish(change)
            elif change.state not in (NodeState.STARTED, NodeState.BOOTED):
                self._switch_off(change.element_id)

    def forget_hang_up(self, hang_up: Callable[[], None]) -> None:
        """Stop telling a session that has left its console."""
        for device in self._devices.values():
            if hang_up in device.hang_up:
                device.hang_up.remove(hang_up)

    def switch_off_all(self) -> None:
        for node_id in list(self._devices):
            self._switch_off(node_id)

    def _boot(self, lab: Lab, node: Node) -> Device:
        def changed() -> None:
            self._host.touch(lab)
            self.saved()

        system = (
            LinuxSystem(node, changed)
            if node.definition.family == "linux"
            else IosDevice(node, lambda: self._elapsed_ms(node) / 1000, changed)
        )
        lines = [
            SerialLine(self._shell(system), lambda: self._elapsed_ms(node)) for _ in range(node.definition.serial_ports)
        ]
        self._show_boot(node, lines[:1])
        for line in lines[1:]:
            line.boot([], node.state is NodeState.BOOTED)
        return Device(system, lines, [])

    def _shell(self, system: IosDevice | LinuxSystem) -> Shell:
        if isinstance(system, LinuxSystem):
            return LinuxShell(system)
        return IosShell(system, self._host.policy.console_noise)

    def _show_boot(self, node: Node, lines: list[SerialLine], already: int = 0) -> None:
        finished = node.state is NodeState.BOOTED
        boot_ms = max(0, round(1000 * ((node.booted_at or 0) - (node.launch_at or 0))))
        elapsed = boot_ms if finished else self._elapsed_ms(node)
        entries = boot_entries(node.definition, node.label, boot_ms, elapsed)
        for line in lines:
            line.boot(entries[already:], finished)

    def _finish(self, change: Change) -> None:
        device = self._devices[change.element_id]
        node = device.system.node
        for line in device.lines[:1]:
            self._show_boot(node, [line], already=len(line.boot_text.splitlines()))
        for line in device.lines[1:]:
            line.boot([], True)

    def _switch_off(self, node_id: str) -> None:
        device = self._devices.pop(node_id)
        self.activity_at.pop(node_id, None)
        for hang_up in list(device.hang_up):
            hang_up()

    def _elapsed_ms(self, node: Node) -> int:
        return max(0, round(1000 * (self._clock() - (node.launch_at or self._clock()))))
