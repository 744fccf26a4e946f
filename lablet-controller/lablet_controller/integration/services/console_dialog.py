"""A conversation with one device on a shared serial line.

Whoever used the line last may have left it anywhere: in a pager, in configuration mode, in front of a question, with
half a command typed. The dialog first gets to an exec prompt, then knows that prompt by heart.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

_SETTLE_SECONDS = 0.15
_READ_CHARACTERS = 65_536
_LONGEST_TRANSCRIPT = 4_000_000


class Terminal(Protocol):
    """Both ends of a character stream."""

    async def read(self, most: int) -> str:
        """Some characters, "" when the far end has closed."""
        ...

    def write(self, text: str) -> None: ...


class DialogError(Exception):
    """The device did not answer as a command line does; the message says what was seen last."""


@dataclass(frozen=True, slots=True)
class _Situation:
    """What the end of the screen looks like, and the keys that lead on; None when there is no way on."""

    name: str
    pattern: re.Pattern[str]
    keys: str | None


_EXEC_PROMPT = re.compile(r"(?:^|[\r\n])(?P<prompt>[A-Za-z][\w.\-:/@]{0,80}[>#]) ?$")
_CONFIGURATION_PROMPT = re.compile(r"(?:^|[\r\n])[^\r\n]*\([\w\-/ .]+\)# ?$")
_SITUATIONS = (
    _Situation("pager", re.compile(r"(--More--|<--- More --->)\s*$"), "q"),
    _Situation("configuration mode", re.compile(r"\([\w\-/ .]+\)# ?$"), "\x1a"),
    _Situation("question", re.compile(r"\[(yes/no|confirm|y/n)\][:?]?\s*$", re.IGNORECASE), "no\r"),
    _Situation("login", re.compile(r"(?:^|[\r\n])\s*(?:[\w.\-]+ )?(?:login|username): *$", re.IGNORECASE), None),
    _Situation("password", re.compile(r"password: *$", re.IGNORECASE), "\r"),
)
_MOST_ROUNDS = 12
_TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x07")
_ERASED = re.compile(r"[^\n]*\r +\r")


class ConsoleDialog:
    """Not to be used by two tasks at once. Deadlines are in seconds and belong to each call."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._screen = ""
        self.prompt = ""

    async def expect(self, pattern: re.Pattern[str], deadline_seconds: float) -> re.Match[str]:
        """Read until the end of the screen matches; raises ``DialogError``."""
        return await self._until(lambda: pattern.search(self._screen), deadline_seconds, f"/{pattern.pattern}/")

    def send(self, text: str) -> None:
        """Type, and forget what was on the screen before."""
        self._screen = ""
        self._terminal.write(text)

    async def reach_exec_prompt(self, deadline_seconds: float) -> None:
        """From wherever the line stands to an exec prompt; a half-typed command is dropped, not run."""
        try:
            async with asyncio.timeout(deadline_seconds):
                keys = "\x15\r"
                for _ in range(_MOST_ROUNDS):
                    self.send(keys)
                    await self._settle()
                    found = _EXEC_PROMPT.search(self._screen)
                    if found is not None:
                        self.prompt = found["prompt"]
                        return
                    keys = self._way_on()
        except TimeoutError:
            pass
        raise DialogError(f"no command prompt within {deadline_seconds:g} s; the line shows {self._tail()!r}")

    async def ask(self, command: str, deadline_seconds: float) -> str:
        """Run one command at the known prompt; its output without echo and prompt. Raises ``DialogError``."""
        at_prompt = re.compile(rf"(?:^|[\r\n]){re.escape(self.prompt)} ?$")
        self.send(f"{command}\r")
        await self._until(lambda: at_prompt.search(self._screen), deadline_seconds, f"the prompt {self.prompt!r}")
        return _output(self._screen, command, self.prompt)

    async def ask_in_configuration_mode(self, command: str, deadline_seconds: float) -> str:
        """Run a command that leads to, or stays in, configuration mode, whatever the prompt is called then."""
        self.send(f"{command}\r")
        found = await self._until(
            lambda: _CONFIGURATION_PROMPT.search(self._screen),
            deadline_seconds,
            f"configuration mode after {command!r}",
        )
        return _output(self._screen, command, found.group().strip())

    async def ask_changing_mode(self, command: str, deadline_seconds: float, *, answers: dict[str, str]) -> str:
        """Run a command after which the prompt may differ; *answers* maps a question's end to what is typed."""
        self.send(f"{command}\r")
        try:
            async with asyncio.timeout(deadline_seconds):
                while True:
                    await self._settle()
                    found = _EXEC_PROMPT.search(self._screen)
                    if found is not None:
                        self.prompt = found["prompt"]
                        return self._screen
                    asked = next((end for end in answers if self._screen.rstrip().lower().endswith(end)), None)
                    if asked is None:
                        raise DialogError(f"{command!r} led to {self._tail()!r}")
                    self.send(f"{answers[asked]}\r")
        except TimeoutError:
            raise DialogError(f"{command!r} was not answered within {deadline_seconds:g} s") from None

    def _way_on(self) -> str:
        for situation in _SITUATIONS:
            if situation.pattern.search(self._screen):
                if situation.keys is None:
                    raise DialogError(f"the device asks for a {situation.name} on its console")
                return situation.keys
        return "\r"

    async def _settle(self) -> None:
        """Read until nothing more comes for a moment: screens arrive in pieces."""
        await self._read()
        while True:
            try:
                async with asyncio.timeout(_SETTLE_SECONDS):
                    await self._read()
            except TimeoutError:
                return

    async def _until(
        self, met: Callable[[], re.Match[str] | None], deadline_seconds: float, what: str
    ) -> re.Match[str]:
        try:
            async with asyncio.timeout(deadline_seconds):
                while (found := met()) is None:
                    await self._read()
                return found
        except TimeoutError:
            raise DialogError(f"{what} did not come within {deadline_seconds:g} s; last was {self._tail()!r}") from None

    async def _read(self) -> None:
        text = await self._terminal.read(_READ_CHARACTERS)
        if not text:
            raise DialogError(f"the connection was closed; last was {self._tail()!r}")
        self._screen += text
        if len(self._screen) > _LONGEST_TRANSCRIPT:
            raise DialogError(f"the device printed more than {_LONGEST_TRANSCRIPT} characters without an end")

    def _tail(self) -> str:
        return self._screen[-120:]


def _output(screen: str, command: str, prompt: str) -> str:
    text = _TERMINAL_CODES.sub("", screen).replace("\r\n", "\n")
    text = _ERASED.sub("", text).replace("\r", "")
    lines = text.split("\n")
    if lines and lines[0].strip().endswith(command.strip()):
        lines = lines[1:]
    if lines and lines[-1].strip() == prompt:
        lines = lines[:-1]
    return "\n".join(line.rstrip() for line in lines).strip("\n")
