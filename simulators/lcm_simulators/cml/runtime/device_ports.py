"""What answers on the TCP ports that PATty opens."""

import asyncio
from collections.abc import Callable

from lcm_simulators.cml.device.serial_line import SerialLine
from lcm_simulators.cml.runtime.connections import reset

HIGH_WATER_BYTES = 1 << 20
Register = Callable[["DevicePort", bool], None]


class DevicePort(asyncio.Protocol):
    """One connection; ``register`` is told when it opens (True) and closes (False)."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._register(self, True)
        self.opened()

    def connection_lost(self, exc: Exception | None) -> None:
        self._register(self, False)
        self.closed()

    def opened(self) -> None:
        """Greet."""

    def closed(self) -> None:
        """Clean up."""

    def write(self, data: bytes) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() > HIGH_WATER_BYTES:
            reset(self.transport)  # nobody reads at the other end
            return
        self.transport.write(data)

    def hang_up(self, rudely: bool = False) -> None:
        if self.transport is not None:
            reset(self.transport) if rudely else self.transport.close()


class SilentPort(DevicePort):
    """Accepts and says nothing: a wedged host."""


class SerialPort(DevicePort):
    """The raw serial line, shared with everyone else who is connected to it."""

    def __init__(
        self, register: Register, line: SerialLine, typed: Callable[[], None], is_wedged: Callable[[], bool]
    ) -> None:
        super().__init__(register)
        self._line = line
        self._typed = typed
        self._is_wedged = is_wedged

    def opened(self) -> None:
        self.write(self._line.greeting())
        self._line.attach(self._show)

    def closed(self) -> None:
        self._line.detach(self._show)

    def data_received(self, data: bytes) -> None:
        if not self._is_wedged():
            self._typed()
            self._line.receive(data)

    def _show(self, data: bytes) -> None:
        if not self._is_wedged():
            self.write(data)


class VncPort(DevicePort):
    """RFB 3.8 up to a black screen: version, no authentication, 640 x 480; whatever follows is ignored."""

    GREETING = b"RFB 003.008\n"
    PIXELS = bytes([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0])

    def __init__(self, register: Register, name: str) -> None:
        super().__init__(register)
        title = name.encode()
        size = (640).to_bytes(2, "big") + (480).to_bytes(2, "big")
        init = size + self.PIXELS + len(title).to_bytes(4, "big") + title
        self._dialogue = [(12, b"\x01\x01"), (1, b"\x00\x00\x00\x00"), (1, init)]
        self._received = b""

    def opened(self) -> None:
        self.write(self.GREETING)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._dialogue and len(self._received) >= self._dialogue[0][0]:
            length, answer = self._dialogue.pop(0)
            self._received = self._received[length:]
            self.write(answer)
        if not self._dialogue:
            self._received = b""


class ServicePort(DevicePort):
    """A service inside the device, reached through ``pat:``: it greets as the protocol of the inner port would.

    22 sends an SSH version string and goes no further, 80 and 443 answer any request with a small page in clear,
    everything else gets one line that names the device. (23 is a ``SerialPort`` on a terminal of its own.)
    """

    def __init__(self, register: Register, label: str, inner_port: int) -> None:
        super().__init__(register)
        self._label = label
        self._inner_port = inner_port

    def opened(self) -> None:
        if self._inner_port == 22:
            self.write(b"SSH-2.0-Cisco-1.25\r\n")
        elif self._inner_port not in (80, 443):
            self.write(f"{self._label}: port {self._inner_port} (simulated)\r\n".encode())

    def data_received(self, data: bytes) -> None:
        if self._inner_port in (80, 443):
            page = f"<html><title>{self._label}</title><h1>{self._label}</h1></html>".encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
            self.write(head.encode() + page)
