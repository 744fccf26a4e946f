"""One serial line of a device: a shared screen for everyone who is connected to it."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

LOG_LINES = 4000
MORE = " --More-- "
ERASE_MORE = "\r" + " " * len(MORE) + "\r"

Sink = Callable[[bytes], None]


class Shell(Protocol):
    """A command interpreter behind a line."""

    @property
    def prompt(self) -> str: ...

    @property
    def page_length(self) -> int:
        """Lines on a screen before paging, 0 for no paging."""
        ...

    @property
    def conceals_input(self) -> bool:
        """True while a password is asked for."""
        ...

    def submit(self, line: str) -> str:
        """Run one line, return what it prints (newline-separated, without prompt)."""
        ...

    def interrupt(self, key: str) -> str:
        """Ctrl-C (``\\x03``) or Ctrl-Z (``\\x1a``) pressed with nothing running."""
        ...

    def unsolicited(self) -> str:
        """A message that the system prints after the prompt without being asked; empty for none."""
        ...


class SerialLine:
    """Screen, line editor and pager of one serial port; ``elapsed_ms`` tells the log the time since boot."""

    def __init__(self, shell: Shell, elapsed_ms: Callable[[], int]) -> None:
        self.shell = shell
        self._elapsed_ms = elapsed_ms
        self._sinks: list[Sink] = []
        self._log: deque[tuple[int, str]] = deque(maxlen=LOG_LINES)
        self._unfinished = ""
        self._typed = ""
        self._pending: list[str] = []
        self._after_cr = False
        self._skip_iac = 0
        """Progress through a telnet negotiation: 1 after IAC, 2 before its option."""
        self.powered = False
        self.boot_text = ""
        self.pristine = True
        """Nobody has typed since the device booted."""

    def attach(self, sink: Sink) -> None:
        self._sinks.append(sink)

    def detach(self, sink: Sink) -> None:
        if sink in self._sinks:
            self._sinks.remove(sink)

    @property
    def watchers(self) -> int:
        return len(self._sinks)

    def greeting(self) -> bytes:
        """What a newcomer's screen shows: the boot messages while untouched, then where the line stands."""
        if not self.powered:
            return self.boot_text.encode()
        text = self.boot_text if self.pristine else "\r\n"
        standing = MORE if self._pending else self.shell.prompt
        return (text + standing + self._echoable()).encode()

    def log(self, lines: int | None = None) -> str:
        """Console log: ``|<ms since start>|<text>`` for each line printed."""
        entries = list(self._log)
        if self._unfinished:
            entries.append((self._elapsed_ms(), self._unfinished))
        if lines is not None:
            entries = entries[-lines:] if lines else []
        return "\n".join(f"|{at}|{text}" for at, text in entries)

    def boot(self, entries: list[tuple[int, str]], finished: bool) -> None:
        """Show boot messages with their times; with ``finished`` the prompt follows and input counts."""
        for at, text in entries:
            self._log.append((at, text))
            line = text + "\r\n"
            self.boot_text += line
            self._send(line.encode())
        if finished and not self.powered:
            self.powered = True
            self._print(self.shell.prompt)

    def announce(self, text: str) -> None:
        """Print a message in the middle of whatever is on the screen, as logging to the console does."""
        self._print("\r\n" + text + "\r\n")

    def stall(self, lines: list[str]) -> None:
        """Leave the line at ``--More--`` with these lines to come, as somebody who walked away would."""
        self.pristine = False
        self._pending = lines
        self._print(MORE)

    def receive(self, data: bytes) -> None:
        """Key strokes from any of the connected terminals."""
        for byte in data:
            if self._skip_iac:
                # WILL, WONT, DO and DONT take one more byte
                self._skip_iac = 2 if self._skip_iac == 1 and 0xFB <= byte <= 0xFE else 0
                continue
            if byte == 0xFF:
                self._skip_iac = 1
            elif self.powered and byte:
                self._key(chr(byte))

    def _key(self, key: str) -> None:
        after_cr, self._after_cr = self._after_cr, key == "\r"
        if key == "\n" and after_cr:
            return  # second half of CR LF
        self.pristine = False
        if self._pending:
            self._page_key(key)
        elif key in "\r\n":
            line, self._typed = self._typed, ""
            self._print("\r\n")
            self._show(self.shell.submit(line))
        elif key in "\x7f\x08":
            self._erase(1)
        elif key == "\x15":
            self._erase(len(self._typed))
        elif key in "\x03\x1a":
            self._typed = ""
            self._print(("^C" if key == "\x03" else "^Z") + "\r\n")
            self._show(self.shell.interrupt(key))
        elif key.isprintable():
            self._typed += key
            if not self.shell.conceals_input:
                self._print(key)

    def _erase(self, count: int) -> None:
        visible = len(self._echoable())
        self._typed = self._typed[: max(0, len(self._typed) - count)]
        self._print("\b \b" * (visible - len(self._echoable())))

    def _echoable(self) -> str:
        return "" if self.shell.conceals_input else self._typed

    def _show(self, output: str) -> None:
        lines = output.split("\n") if output else []
        length = self.shell.page_length
        if length and len(lines) >= length:
            self._pending = lines
            self._next_page(length - 1)
            return
        self._print("".join(line + "\r\n" for line in lines) + self.shell.prompt)
        if message := self.shell.unsolicited():
            self._print("\r\n" + message + "\r\n")

    def _page_key(self, key: str) -> None:
        self._print(ERASE_MORE)
        if key == " ":
            self._next_page(max(1, self.shell.page_length - 1))
        elif key in "\r\n":
            self._next_page(1)
        else:
            self._pending = []
            self._print(self.shell.prompt)

    def _next_page(self, count: int) -> None:
        page, self._pending = self._pending[:count], self._pending[count:]
        self._print("".join(line + "\r\n" for line in page) + (MORE if self._pending else self.shell.prompt))

    def _print(self, text: str) -> None:
        *lines, self._unfinished = (self._unfinished + text).split("\r\n")
        now = self._elapsed_ms()
        self._log.extend((now, line) for line in lines)
        self._send(text.encode())

    def _send(self, data: bytes) -> None:
        for sink in list(self._sinks):
            sink(data)
