"""The command line of IOS-like devices: user, privileged and configuration modes."""

import re

from lcm_simulators.cml.device.config_tree import Entry
from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.device.ios_modes import SectionMode, exec_words, is_global, section_mode, section_names
from lcm_simulators.cml.device.ios_show import filter_output, show
from lcm_simulators.cml.device.vocabulary import CONFIG_PHRASES, EXEC_PHRASES, expand, first_word_known

INVALID = "% Invalid input detected at '^' marker."
DEFAULT_PAGE = 24


class IosShell:
    """One terminal session on a device; several lines share the device and see each other's edits.

    Nobody has to log in on a console. With ``noisy`` leaving configuration mode is logged to the console.
    """

    def __init__(self, device: IosDevice, noisy: bool = False) -> None:
        self._noisy = noisy
        self._logged = False
        self._device = device
        self._privileged = device.dialect.always_privileged or self._console_privileged()
        self._configuring = False
        self._path: list[tuple[str, list[Entry]]] = []
        self._asking: str | None = None
        self._page = DEFAULT_PAGE
        self._history: list[str] = []

    @property
    def prompt(self) -> str:
        if self._asking == "password":
            return "Password: "
        if self._asking == "startup":
            return "Destination filename [startup-config]? "
        name = self._device.dialect.prompt_prefix + self._device.hostname
        if self._configuring:
            suffix = self._path[-1][0] if self._path else "config"
            return f"{name}({suffix})#"
        return name + ("#" if self._privileged else ">")

    @property
    def page_length(self) -> int:
        return self._page

    @property
    def conceals_input(self) -> bool:
        return self._asking == "password"

    def interrupt(self, key: str) -> str:
        self._asking = None
        if key == "\x1a":
            self._leave_configuration()
        return ""

    def unsolicited(self) -> str:
        logged, self._logged = self._logged, False
        return "%SYS-5-CONFIG_I: Configured from console by console" if logged and self._noisy else ""

    def enter_configuration(self) -> None:
        """Put the terminal where somebody who walked away may have left it."""
        self._privileged = self._configuring = True

    def submit(self, line: str) -> str:
        if self._asking:
            return self._answer(line)
        line = line.strip()
        if not line or line.startswith("!"):
            return ""
        self._history.append(line)
        if self._configuring:
            return self._configure(line)
        return self._execute(line)

    def _answer(self, answer: str) -> str:
        asked, self._asking = self._asking, None
        if asked == "startup":
            self._device.save()
            return "Building configuration...\n[OK]"
        if self._password_accepted(answer):
            self._privileged = True
            return ""
        return "% Bad secrets\n"

    def _password_accepted(self, answer: str) -> bool:
        """Only clear-text secrets can be checked; a hashed one accepts any password."""
        secret = self._device.config.value("enable secret") or self._device.config.value("enable password")
        words = secret.split()
        if len(words) > 1 and words[0] in ("5", "7", "8", "9"):
            return bool(answer)
        return answer == words[-1]

    def _console_privileged(self) -> bool:
        console = next((s for s in self._device.config.sections("line") if s.line.startswith("line con")), None)
        return console is not None and any(entry.line == "privilege level 15" for entry in console.children)

    def _execute(self, line: str) -> str:
        command, _, pipe = line.partition("|")
        words = expand(command, EXEC_PHRASES).split()
        action = " ".join(words[:2])
        if words[0] == "show":
            return filter_output(show(self._device, words, self._privileged, self._history), pipe)
        if words[0] == "terminal":
            return self._terminal(words)
        if words[0] in ("enable", "disable", "exit", "logout", "quit"):
            return self._change_privilege(words[0])
        if not self._privileged:
            return exec_words(self._device, words) or _invalid(self.prompt, line)
        if action == "configure terminal" or (words[0] == "configure" and len(words) == 1):
            self._configuring = True
            return "Enter configuration commands, one per line.  End with CNTL/Z."
        if words[0] == "write":
            if words[1:2] == ["terminal"]:
                return self._device.running_config()
            self._device.save()
            return "Building configuration...\n[OK]"
        if words[:3] == ["copy", "running-config", "startup-config"]:
            self._asking = "startup"
            return ""
        return exec_words(self._device, words) or _invalid(self.prompt, line)

    def _terminal(self, words: list[str]) -> str:
        if words[1:2] in (["length"], ["pager"]) and len(words) == 3 and words[2].isdigit():
            self._page = int(words[2])
        return ""

    def _change_privilege(self, word: str) -> str:
        secret = self._device.config.find("enable secret") or self._device.config.find("enable password")
        if word == "enable" and not self._privileged:
            if secret is not None:
                self._asking = "password"
            else:
                self._privileged = True
        elif word == "disable":
            self._privileged = False
        elif word != "enable":
            self._privileged = self._device.dialect.always_privileged or self._console_privileged()
            self._page = DEFAULT_PAGE
            return "\n\n" + f"{self._device.hostname} con0 is now available\n\n\nPress RETURN to get started.\n"
        return ""

    def _configure(self, line: str) -> str:
        prefix, body = re.match(r"^((?:no|default)\s+)?(.*)$", line, re.S).groups()  # pyright: ignore[reportOptionalMemberAccess]
        if line.lower().startswith("do "):
            return self._execute(line[3:].strip())
        command = expand(body, CONFIG_PHRASES)
        if command == "end" and not prefix:
            self._leave_configuration()
            return ""
        if command in ("exit", "quit") and not prefix:
            return self._leave_section()
        if command in ("commit",) and self._device.dialect.prompt_prefix:
            return ""
        if not first_word_known(command.split()[0]):
            return _invalid(self.prompt, line)
        return self._edit((prefix or "").strip(), command)

    def _edit(self, prefix: str, command: str) -> str:
        mode = section_mode(command, self._path[-1][0] if self._path else None)
        if mode is None:
            if is_global(command):
                self._path.clear()
            self._apply(f"{prefix} {command}".strip())
            return ""
        names = section_names(mode, command)
        if prefix:
            for name in names:
                self._device.config.apply(f"{prefix} {name}", None if mode.top_level else self._parents()[0])
            self._device.edited()
            return ""
        self._enter(mode, names)
        return ""

    def _parents(self) -> list[Entry]:
        return self._path[-1][1] if self._path else [self._device.config.root]

    def _enter(self, mode: SectionMode, names: list[str]) -> None:
        if mode.top_level:
            self._path.clear()
        config = self._device.config
        sections = [config.open_section(name, parent) for parent in self._parents() for name in names]
        self._path.append((mode.suffix_for(names), sections))
        self._device.edited()

    def _apply(self, command: str) -> None:
        for section in self._parents():
            self._device.config.apply(command, section)
        self._device.edited()

    def _leave_section(self) -> str:
        if self._path:
            self._path.pop()
        else:
            self._leave_configuration()
        return ""

    def _leave_configuration(self) -> None:
        self._logged = self._configuring
        self._configuring = False
        self._path.clear()


def _invalid(prompt: str, line: str) -> str:
    offset = len(prompt) + len(line) - len(line.split(" ", 1)[-1] if " " in line else line)
    return " " * offset + "^\n" + INVALID + "\n"
