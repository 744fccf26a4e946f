"""A tiny Unix shell: enough to look around and to leave evidence in files."""

import posixpath
import re
import shlex
from collections.abc import Callable

from lcm_simulators.cml.model.elements import Node

_HOSTNAME = re.compile(r"^\s*(?:sudo\s+)?hostname:?\s+\"?([\w.-]+)", re.M)
_ADDRESS = re.compile(
    r"ip(?:\s+-4)?\s+addr(?:ess)?\s+add\s+(\S+)\s+dev\s+(\w+)"
    r"|ifconfig\s+(\w+)\s+(\d[\d./]+)"
    r"|iface\s+(\w+)\s+inet\s+static\s+address\s+(\S+)"
)
HOME = "/home/cisco"


class LinuxSystem:
    """The machine behind the shell: host name, addresses and the files of its disk."""

    def __init__(self, node: Node, changed: Callable[[], None]) -> None:
        self.node = node
        self._changed = changed
        text = "\n".join(file.content for file in node.configuration)
        named = _HOSTNAME.search(text)
        label = re.sub(r"[^A-Za-z0-9-]+", "-", node.label).strip("-").lower()
        self.booted_name = named[1] if named else label or "localhost"
        self._addresses = [(m[2] or m[3] or m[5], m[1] or m[4] or m[6]) for m in _ADDRESS.finditer(text)]

    @property
    def files(self) -> dict[str, str]:
        provided = {f"/config/{file.name}": file.content + "\n" for file in self.node.configuration}
        return {"/etc/hostname": self.booted_name + "\n", **provided, **self.node.disk.files}

    @property
    def hostname(self) -> str:
        return self.files["/etc/hostname"].strip() or self.booted_name

    def write(self, path: str, content: str) -> None:
        self.node.disk.files[path] = content
        self._changed()

    def remove(self, path: str) -> bool:
        if self.node.disk.files.pop(path, None) is None:
            return False
        self._changed()
        return True

    def addresses(self) -> str:
        lines = ["1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536", "    inet 127.0.0.1/8 scope host lo"]
        for index, interface in enumerate(self.node.interfaces, start=2):
            lines.append(f"{index}: {interface.label}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500")
            lines.append(f"    link/ether {interface.assigned_mac or '00:00:00:00:00:00'} brd ff:ff:ff:ff:ff:ff")
            lines += [
                f"    inet {address} scope global {name}"
                for name, address in self._addresses
                if name == interface.label
            ]
        return "\n".join(lines)

    def add_address(self, interface: str, address: str) -> None:
        self._addresses.append((interface, address))


class LinuxShell:
    """One terminal session; nobody has to log in on the console."""

    page_length = 0
    conceals_input = False

    def __init__(self, system: LinuxSystem) -> None:
        self.system = system
        self._directory = HOME
        self._commands: dict[str, Callable[[list[str]], str]] = {
            "cat": self._cat,
            "cd": self._cd,
            "echo": lambda words: " ".join(words),
            "hostname": self._hostname,
            "id": lambda _: "uid=1000(cisco) gid=1000(cisco)",
            "ifconfig": lambda _: self.system.addresses(),
            "ip": self._ip,
            "ls": self._ls,
            "pwd": lambda _: self._directory,
            "rm": self._rm,
            "touch": self._touch,
            "uname": lambda words: "Linux" if "-a" not in words else f"Linux {system.hostname} 6.6.0-sim x86_64 Linux",
            "whoami": lambda _: "cisco",
        }

    @property
    def prompt(self) -> str:
        directory = "~" if self._directory == HOME else self._directory
        return f"{self.system.hostname}:{directory}$ "

    def interrupt(self, key: str) -> str:
        return ""

    def unsolicited(self) -> str:
        return ""

    def submit(self, line: str) -> str:
        try:
            words = _words(line)
        except ValueError as error:
            return f"-sh: syntax error: {error}"
        outputs = [self._pipeline(part) for part in _split(words, (";", "&&"))]
        return "\n".join(output.rstrip("\n") for output in outputs if output)

    def _pipeline(self, words: list[str]) -> str:
        """``command [> file]``, or ``command | grep text``."""
        first, *filters = _split(words, ("|",))
        words, target, append = _redirection(first)
        output = self._command(words)
        for stage in filters:
            if stage[:1] != ["grep"] or len(stage) < 2:
                return f"-sh: {' '.join(stage[:1])}: not found"
            output = "\n".join(line for line in output.split("\n") if stage[-1] in line)
        if target is None:
            return output
        path = self._path(target)
        before = self.system.files.get(path, "") if append else ""
        self.system.write(path, before + output + ("" if output.endswith("\n") else "\n"))
        return ""

    def _command(self, words: list[str]) -> str:
        if words[:1] == ["sudo"]:
            words = words[1:]
        if not words or words[0].startswith("#"):
            return ""
        command = self._commands.get(words[0])
        return command(words[1:]) if command else f"-sh: {words[0]}: not found"

    def _path(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self._directory, name.replace("~", HOME, 1)))

    def _cat(self, words: list[str]) -> str:
        files = self.system.files
        return "\n".join(
            files.get(self._path(word), f"cat: can't open '{word}': No such file or directory") for word in words
        )

    def _cd(self, words: list[str]) -> str:
        self._directory = self._path(words[0]) if words else HOME
        return ""

    def _hostname(self, words: list[str]) -> str:
        if not words:
            return self.system.hostname
        self.system.write("/etc/hostname", words[0] + "\n")
        return ""

    def _ip(self, words: list[str]) -> str:
        if len(words) >= 5 and words[0].startswith("addr") and words[1] == "add" and words[3] == "dev":
            self.system.add_address(words[4], words[2])
            return ""
        if words[:1] and words[0].startswith("a"):
            return self.system.addresses()
        return "Usage: ip addr { show | add ADDRESS dev NAME }"

    def _ls(self, words: list[str]) -> str:
        folder = self._path(words[-1] if words and not words[-1].startswith("-") else ".")
        prefix = folder.rstrip("/") + "/"
        names = {path[len(prefix) :].split("/", 1)[0] for path in self.system.files if path.startswith(prefix)}
        return "\n".join(sorted(names))

    def _rm(self, words: list[str]) -> str:
        missing = [w for w in words if not w.startswith("-") and not self.system.remove(self._path(w))]
        return "\n".join(f"rm: can't remove '{name}': No such file or directory" for name in missing)

    def _touch(self, words: list[str]) -> str:
        for word in words:
            self.system.write(self._path(word), self.system.files.get(self._path(word), ""))
        return ""


def _redirection(words: list[str]) -> tuple[list[str], str | None, bool]:
    for operator in (">>", ">"):
        if operator in words and words.index(operator) + 1 < len(words):
            at = words.index(operator)
            return words[:at], words[at + 1], operator == ">>"
    return words, None, False


def _split(words: list[str], separators: tuple[str, ...]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        parts.append([]) if word in separators else parts[-1].append(word)
    return parts


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=">;|&")
    lexer.whitespace_split = True
    lexer.commenters = ""
    return list(lexer)
