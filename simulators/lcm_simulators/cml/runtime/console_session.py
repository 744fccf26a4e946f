"""One session on the console server: commands at ``consoles> ``, or the console of a device."""

import asyncio

import asyncssh

from lcm_simulators.cml.device.bank import DeviceBank
from lcm_simulators.cml.device.serial_line import SerialLine
from lcm_simulators.cml.model.accounts import User
from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.lab import Lab

PROMPT = "consoles> "
ESCAPE = 0x1D
READ_BYTES = 4096
STARS = "*" * 76
BANNER = (
    STARS,
    "",
    "  CML2 Console Server (simulated)",
    "",
    "  list                             show nodes and their consoles",
    "  open /<lab>/<node>/<line>        connect by name or id",
    "  connect <console key>            connect by key",
    "  exit                             leave",
    "",
    "  Ctrl-] leaves a console. Tab completes commands and paths.",
    "",
    STARS,
    "",
)
COMMANDS = ("connect ", "exit", "help", "list", "open ")


class ConsoleSession:
    """Interactive, or one command given with the SSH request: then it ends with that command."""

    def __init__(
        self,
        process: asyncssh.SSHServerProcess[bytes],
        host: Host,
        devices: DeviceBank,
        user: User,
        answering: asyncio.Event,
    ) -> None:
        self._process = process
        self._host = host
        self._devices = devices
        self._user = user
        self._answering = answering
        self._typed = ""
        self._after_cr = False
        self._line: SerialLine | None = None
        self._node: Node | None = None
        self._over = False

    async def run(self) -> None:
        """Serve until the user leaves, the client goes away or the host shuts down."""
        command = self._process.command
        try:
            if command:
                self._command(command)
                self._over = self._line is None
            else:
                self._write("\r\n".join(BANNER) + "\r\n" + PROMPT)
            while not self._over:
                data = await self._read()
                if data is None:
                    break
                self._receive(data, ends_with_console=bool(command))
        except (asyncssh.Error, ConnectionError):
            return  # the client is gone: nothing left to answer
        finally:
            self._disconnect()
            self._process.exit(0)

    async def _read(self) -> bytes | None:
        """Key strokes; None at the end. Window changes and breaks are nothing to a serial line."""
        while True:
            try:
                return await self._process.stdin.read(READ_BYTES) or None
            except (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived, asyncssh.SignalReceived):
                continue

    def _write(self, text: str) -> None:
        self._send(text.encode())

    def _send(self, data: bytes) -> None:
        if self._answering.is_set() and not self._process.channel.is_closing():
            self._process.stdout.write(data)

    def _receive(self, data: bytes, ends_with_console: bool) -> None:
        for byte in data:
            if self._line is not None and self._node is not None:
                if byte == ESCAPE:
                    self._leave_console(ends_with_console)
                else:
                    self._devices.typed(self._node)
                    self._line.receive(bytes([byte]))
            elif not self._over:
                self._key(chr(byte))

    def _leave_console(self, ends: bool) -> None:
        self._disconnect()
        self._write("\r\nDisconnected from CML terminalserver.\r\n")
        self._over = self._over or ends
        if not self._over:
            self._write(PROMPT)

    def _key(self, key: str) -> None:
        after_cr, self._after_cr = self._after_cr, key == "\r"
        if key == "\n" and after_cr:
            return
        if key in "\r\n":
            line, self._typed = self._typed.strip(), ""
            self._write("\r\n")
            self._command(line)
            if self._line is None and not self._over:
                self._write(PROMPT)
        elif key in "\x7f\x08":
            if self._typed:
                self._typed = self._typed[:-1]
                self._write("\b \b")
        elif key == "\t":
            self._complete()
        elif key == "\x03":
            self._typed = ""
            self._write("^C\r\n" + PROMPT)
        elif key == "\x04":
            self._over = True
        elif key.isprintable():
            self._typed += key
            self._write(key)

    def _command(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        if verb in ("exit", "quit", "logout"):
            self._over = True
        elif verb == "list":
            self._write("\r\n".join(self._listing()) + "\r\n")
        elif verb == "help":
            self._write("\r\n".join(BANNER[3:9]) + "\r\n")
        elif verb == "connect":
            found = self._devices.find_console(rest.strip())
            visible = found is not None and self._host.may_see(self._user, found[0])
            self._connect(*found) if found and visible else self._write(f"Unknown console key: {rest.strip()}\r\n")
        elif verb == "open":
            self._open(rest.strip())
        elif verb:
            self._write(f"Unknown command: {verb}\r\n")

    def _labs(self) -> list[Lab]:
        return [lab for lab in self._host.labs.values() if self._host.may_see(self._user, lab)]

    def _listing(self) -> list[str]:
        lines = [f"{'Lab':<38}{'Node':<24}{'Line':<6}{'State':<18}Console key"]
        for lab in self._labs():
            for node in lab.nodes.values():
                for number, key in enumerate(node.console_keys):
                    lines.append(f"{lab.title[:36]:<38}{node.label[:22]:<24}{number:<6}{node.state:<18}{key}")
        return lines

    def _open(self, path: str) -> None:
        """``/<lab>/<node>[/<line>]``; an id is exact, a title goes to the first lab that has such a node."""
        parts = path.strip("/").split("/")
        number = int(parts.pop()) if len(parts) > 2 and parts[-1].isdigit() else 0
        lab_name, node_name = "/".join(parts[:-1]), parts[-1]
        for lab in self._labs():
            if lab_name in (lab.id, lab.title):
                for node in lab.nodes.values():
                    if node_name in (node.id, node.label):
                        self._connect(lab, node, number)
                        return
        self._write(f"Console not found: {path}\r\n")

    def _connect(self, lab: Lab, node: Node, number: int) -> None:
        device = self._devices.device(lab, node)
        line = self._devices.line(lab, node, number)
        if device is None or line is None:
            self._write(f"Console {number} of {node.label} is not available (node is {node.state}).\r\n")
            return
        self._write(
            f"Connecting to console for {node.label}\r\nConnected to CML terminalserver.\r\n"
            "Escape character is '^]'.\r\n"
        )
        self._line, self._node = line, node
        line.attach(self._send)
        device.hang_up.append(self._hung_up)

    def _hung_up(self) -> None:
        """The node stopped while we were on its console."""
        self._disconnect()
        self._write("\r\nConnection closed by CML terminalserver.\r\n")
        if self._process.command:
            self._process.exit(0)
        else:
            self._write(PROMPT)

    def _disconnect(self) -> None:
        if self._line is not None:
            self._line.detach(self._send)
        self._devices.forget_hang_up(self._hung_up)
        self._line = self._node = None

    def _complete(self) -> None:
        """Finish the word as far as it is the only possibility, else show the choices."""
        choices = [c for c in (*COMMANDS, *self._paths()) if c.startswith(self._typed)]
        if len(choices) == 1:
            self._write(choices[0][len(self._typed) :])
            self._typed = choices[0]
        elif choices and self._typed:
            self._write("\r\n" + "\r\n".join(choices) + "\r\n" + PROMPT + self._typed)

    def _paths(self) -> list[str]:
        if not self._typed.startswith("open"):
            return []
        return [
            f"open /{lab.title}/{node.label}/{number}"
            for lab in self._labs()
            for node in lab.nodes.values()
            for number in range(len(node.console_keys))
        ]
