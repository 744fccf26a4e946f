"""Devices without a host: a simulated node's serial line, and a terminal on it whose output comes in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.device.ios_shell import IosShell
from lcm_simulators.cml.device.linux_shell import LinuxShell, LinuxSystem
from lcm_simulators.cml.device.serial_line import SerialLine, Shell
from lcm_simulators.cml.model.elements import ConfigFile, Interface, Node
from lcm_simulators.cml.model.states import NodeState

ROUTER_CONFIG = "hostname R1\n" + "".join(
    f"interface Loopback{n}\n ip address 10.0.{n}.1 255.255.255.0\n" for n in range(30)
)


def a_node(definition: str, label: str, configuration: str = "") -> Node:
    files = [ConfigFile("main", configuration)] if configuration else []
    interface = Interface(id="i0", label="eth0", type="physical", slot=0)
    return Node("n0", label, definition, configuration=files, interfaces=[interface], state=NodeState.BOOTED)


def a_line(shell: Shell) -> SerialLine:
    line = SerialLine(shell, lambda: 0)
    line.boot([], True)
    return line


class Router:
    """A router with a configuration of several pages, and its console."""

    def __init__(self, configuration: str = ROUTER_CONFIG, *, noisy: bool = False) -> None:
        self.node = a_node("iosv", "R1", configuration)
        self.changes = 0
        self.device = IosDevice(self.node, lambda: 0.0, self._changed)
        self.line = a_line(IosShell(self.device, noisy))

    def _changed(self) -> None:
        self.changes += 1


class Machine:
    def __init__(self) -> None:
        self.system = LinuxSystem(a_node("alpine", "PC"), lambda: None)
        self.line = a_line(LinuxShell(self.system))


class LineTerminal:
    """Implements ``Terminal`` on a line without any socket; each read gives as many characters as *pieces* says."""

    def __init__(self, line: SerialLine, pieces: Iterator[int]) -> None:
        self._line = line
        self._pieces = pieces
        self._waiting = ""
        self._arrived = asyncio.Event()
        self.typed = ""
        line.attach(self._receive)

    def _receive(self, data: bytes) -> None:
        self._waiting += data.decode()
        self._arrived.set()

    async def read(self, most: int) -> str:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        size = min(most, next(self._pieces, most))
        text, self._waiting = self._waiting[:size], self._waiting[size:]
        return text

    def write(self, text: str) -> None:
        self.typed += text
        self._line.receive(text.encode())
