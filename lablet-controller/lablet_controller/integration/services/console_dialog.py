"""A conversation with one device on a shared serial line.

Whoever used the line last may have left it anywhere: in a pager, in configuration mode, in front of a question, with
half a command typed. The dialog gets to a prompt from there without answering anything that could change the device,
then knows that prompt by heart.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lablet_controller.domain.console_screen import (
    Standing,
    ends_in_pager,
    ends_with_prompt,
    has_echo,
    output_of,
    prompt_in,
    standing,
)
from lcm_core.domain.node_cli import CLI_PROMPT
from lcm_core.domain.read_only import CommandLanguage, why_refused

_READ_CHARACTERS = 65_536
_LONGEST_TRANSCRIPT = 4_000_000
_MOST_ROUNDS = 16
_MOST_NUDGES = 3
_MOST_PAGES = 20_000

BREAK = "\x03"
"""Control-C drops a half-typed line and leaves questions unanswered; Return would answer them."""
_KEYS: Mapping[Standing, str] = {
    Standing.PAGER: "q",
    Standing.VIEWER: "q",
    Standing.CONFIGURATION: "\x15\x1a",
    Standing.CONFIRM: "n",
    Standing.YES_NO: "no\r",
    Standing.AUTOINSTALL: "yes\r",
    Standing.WELCOME: "\r",
    Standing.NOTHING: "\r",
    Standing.UNKNOWN: "\x15\r",
    Standing.QUESTION: BREAK,
}


class Terminal(Protocol):
    """Both ends of a character stream."""

    async def read(self, most: int) -> str:
        """Some characters, "" when the far end has closed."""
        ...

    def write(self, text: str) -> None: ...


_CONFIGURATION_PROMPT = re.compile(r"(?:^|[\r\n])[^\r\n]*\([\w\-/ .]+\)# ?$")


class DialogError(Exception):
    """The device did not answer as a command line does; the message says what was seen last.

    *hopeless* when another attempt would end the same way.
    """

    def __init__(self, message: str, *, hopeless: bool = False) -> None:
        super().__init__(message)
        self.hopeless = hopeless


@dataclass(frozen=True, slots=True)
class Login:
    """What is typed where a device asks who is there; kept out of every message."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: the silence after which a screen is complete, how long the first sign of life may take, and the silence
    after which Return is pressed to see the prompt again."""

    settle: float = 0.15
    first: float = 1.5
    stalled: float = 3.0


class ConsoleDialog:
    """Not to be used by two tasks at once. Deadlines are in seconds and belong to each call."""

    def __init__(self, terminal: Terminal, pace: Pace | None = None) -> None:
        self._terminal = terminal
        self._pace = pace or Pace()
        self._screen = ""
        self.prompt = ""
        self.logged_in = False
        self._password_typed = False

    async def expect(self, pattern: re.Pattern[str], deadline_seconds: float) -> re.Match[str]:
        """Read until the end of the screen matches; raises ``DialogError``."""
        try:
            async with asyncio.timeout(deadline_seconds):
                while (found := pattern.search(self._screen)) is None:
                    await self._read()
                return found
        except TimeoutError:
            raise DialogError(self._late(f"/{pattern.pattern}/", deadline_seconds)) from None

    def send(self, text: str) -> None:
        """Type, and forget what was on the screen before."""
        self._screen = ""
        self._terminal.write(text)

    async def reach_prompt(
        self, deadline_seconds: float, prompt: re.Pattern[str] = CLI_PROMPT, login: Login | None = None
    ) -> None:
        """From wherever the line stands to a command prompt; a half-typed command is dropped, not run."""
        stands = Standing.NOTHING
        try:
            async with asyncio.timeout(deadline_seconds):
                keys = BREAK
                for _ in range(_MOST_ROUNDS):
                    self.send(keys)
                    await self._settle()
                    before, stands = stands, standing(self._screen, prompt)
                    if stands is Standing.PROMPT:
                        self.prompt = prompt_in(self._screen, prompt) or ""
                        return
                    keys = self._way_on(stands, before, login)
        except TimeoutError:
            pass
        raise DialogError(
            f"no command prompt within {deadline_seconds:g} s; the line is {stands.value} and shows {self._tail()!r}"
        )

    async def ask(self, command: str, language: CommandLanguage, deadline_seconds: float) -> str:
        """Run one command that only shows something; its output without echo and prompt. Raises ``DialogError``."""
        refused = why_refused(command, language)
        if refused is not None:
            raise DialogError(f"{command!r} is not typed: {refused}", hopeless=True)
        return await self.adjust(command, deadline_seconds)

    async def ask_in_configuration_mode(self, command: str, deadline_seconds: float) -> str:
        """Run a command that leads to, or stays in, configuration mode, whatever the prompt is called then."""
        self.send(f"{command}\r")
        found = await self.expect(_CONFIGURATION_PROMPT, deadline_seconds)
        return output_of(self._screen, command, found.group().strip())

    async def adjust(self, command: str, deadline_seconds: float) -> str:
        """As ``ask``, for the dialect's own settings of this terminal."""
        self.send(f"{command}\r")
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._until_prompt(command)
        except TimeoutError:
            raise DialogError(self._late(f"the prompt {self.prompt!r}", deadline_seconds)) from None
        return output_of(self._screen, command, self.prompt)

    async def ask_changing_mode(
        self, command: str, deadline_seconds: float, *, prompt: re.Pattern[str] = CLI_PROMPT, secret: str | None = None
    ) -> str:
        """Run a command after which the prompt may differ; *secret* is typed where a password is asked for, once."""
        self.send(f"{command}\r")
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._until_changed(command, prompt, secret)
        except TimeoutError:
            raise DialogError(f"{command!r} was not answered within {deadline_seconds:g} s") from None
        return self._screen

    async def _until_changed(self, command: str, prompt: re.Pattern[str], secret: str | None) -> None:
        """A device that asks somebody else whether we may takes its time: only a long silence is an answer."""
        echoed, silent_seconds = False, 0.0
        while True:
            quiet = await self._read_or_quiet(self._pace.settle)
            silent_seconds = silent_seconds + self._pace.settle if quiet else 0.0
            echoed = echoed or has_echo(self._screen, command)
            if not quiet:
                continue
            stands = standing(self._screen, prompt)
            stalled = silent_seconds >= self._pace.stalled
            if stands is Standing.PROMPT and (echoed or stalled):
                self.prompt = prompt_in(self._screen, prompt) or ""
                return
            if stands is Standing.PASSWORD and secret is not None:
                self.send(f"{secret}\r")
                secret, silent_seconds = None, 0.0
            elif stands is Standing.PASSWORD or stalled:
                raise DialogError(f"{command!r} led to {self._tail()!r}")

    def _way_on(self, stands: Standing, before: Standing, login: Login | None) -> str:
        if stands is Standing.QUESTION and before is Standing.QUESTION:
            raise DialogError(f"the device asks something that is not ours to answer: {self._tail()!r}", hopeless=True)
        if stands not in (Standing.LOGIN, Standing.PASSWORD):
            return _KEYS[stands]
        if login is None:
            raise DialogError(f"the console is {stands.value} and none is configured for this node", hopeless=True)
        if stands is Standing.LOGIN:
            if self.logged_in:
                raise DialogError("the console does not accept the configured login", hopeless=True)
            self.logged_in = True
            return f"{login.username}\r"
        if before not in (Standing.LOGIN, Standing.PASSWORD):
            # it may belong to half a login of somebody else: start over
            return "\r"
        if self._password_typed:
            raise DialogError("the console does not accept the configured password", hopeless=True)
        self._password_typed = self.logged_in = True
        return f"{login.password}\r"

    async def _settle(self) -> None:
        """Read until nothing more comes for a moment: screens arrive in pieces. Nothing at all is an answer, too."""
        patience = self._pace.first
        while True:
            try:
                async with asyncio.timeout(patience):
                    await self._read()
            except TimeoutError:
                return
            patience = self._pace.settle

    async def _until_prompt(self, command: str) -> None:
        """The prompt after the echo of *command*, with nothing more to come; pages are turned on the way.

        Where the system's messages wrote over echo or prompt, Return brings the prompt back.
        """
        nudges = 0
        pages = 0
        echoed = False
        while True:
            quiet = await self._read_or_quiet(self._pace.stalled)
            echoed = echoed or has_echo(self._screen, command)
            if ends_in_pager(self._screen) and pages < _MOST_PAGES:
                pages += 1
                self._terminal.write(" ")
            elif ends_with_prompt(self._screen, self.prompt) and (echoed or quiet):
                if await self._read_or_quiet(self._pace.settle):
                    return
            elif quiet and nudges < _MOST_NUDGES:
                nudges += 1
                self._terminal.write("\r")

    async def _read_or_quiet(self, seconds: float) -> bool:
        """True when nothing came for that long."""
        try:
            async with asyncio.timeout(seconds):
                await self._read()
        except TimeoutError:
            return True
        return False

    async def _read(self) -> None:
        text = await self._terminal.read(_READ_CHARACTERS)
        if not text:
            raise DialogError(f"the connection was closed; last was {self._tail()!r}")
        self._screen += text
        if len(self._screen) > _LONGEST_TRANSCRIPT:
            raise DialogError(f"the device printed more than {_LONGEST_TRANSCRIPT} characters without an end")

    def _late(self, what: str, seconds: float) -> str:
        return f"{what} did not come within {seconds:g} s; last was {self._tail()!r}"

    def _tail(self) -> str:
        return self._screen[-120:]
