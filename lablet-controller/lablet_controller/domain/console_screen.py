"""Reading a terminal's screen: where the line stands, and what a command printed. Pure: text in, facts out."""

from __future__ import annotations

import re
from enum import StrEnum

_CODES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>()78cDEHM]|[\x00\x07]")
_PART_OF_A_CODE = re.compile(r"\x1b(?:\[[0-9;?]*|\][^\x07\x1b]*)?$")
_LOOKED_AT = 600
"""Characters at the end of the screen that tell where the line stands."""

MORE = r"(?:--More--(?:\s?\(\d+%\))?|<--- More --->)"


class Standing(StrEnum):
    """Where somebody may have left the line."""

    PROMPT = "at a command prompt"
    PAGER = "in a pager"
    VIEWER = "in a viewer"
    CONFIGURATION = "in configuration mode"
    CONFIRM = "asked to confirm something"
    YES_NO = "asked a yes-or-no question"
    AUTOINSTALL = "asked whether to stop autoinstall"
    WELCOME = "asked to press RETURN"
    LOGIN = "asked for a user name"
    PASSWORD = "asked for a password"  # noqa: S105 - what the screen says
    QUESTION = "asked a question with a default answer"
    NOTHING = "silent"
    UNKNOWN = "somewhere unknown"


_STANDINGS: tuple[tuple[Standing, re.Pattern[str]], ...] = (
    (Standing.PAGER, re.compile(rf"{MORE}\s*$")),
    (Standing.VIEWER, re.compile(r"(?:\(END\)\s*|[\r\n]:)$")),
    (Standing.CONFIGURATION, re.compile(r"\([\w\-/ .]+\)# ?$")),
    (Standing.CONFIRM, re.compile(r"\[confirm\]\s*$", re.IGNORECASE)),
    (Standing.AUTOINSTALL, re.compile(r"terminate autoinstall\? \[yes\]: *$", re.IGNORECASE)),
    (
        Standing.YES_NO,
        re.compile(r"[\[(](?:yes/no(?:/cancel)?|y/n)[\])](?: *\??[: ]*)(?:\[\w+\][:?]? *)?\??$", re.IGNORECASE),
    ),
    (Standing.LOGIN, re.compile(r"(?:^|[\r\n])\s*(?:[\w.\-]+ )?(?:login|username): *$", re.IGNORECASE)),
    (Standing.PASSWORD, re.compile(r"password(?: for [\w.\-]+)?: *$", re.IGNORECASE)),
    (Standing.WELCOME, re.compile(r"Press RETURN to get started[.!]?\s*$", re.IGNORECASE)),
    (Standing.QUESTION, re.compile(r"\[[^\]\r\n]*\] ?[?:] *$|\?\s?$")),
)


def standing(screen: str, prompt: re.Pattern[str]) -> Standing:
    """What the end of *screen* says; a prompt counts only where nothing more special is meant."""
    tail = visible(screen[-_LOOKED_AT:])
    if not tail.strip():
        return Standing.NOTHING
    for found, pattern in _STANDINGS:
        if pattern.search(tail):
            return found
    return Standing.PROMPT if prompt.search(tail) else Standing.UNKNOWN


def prompt_in(screen: str, prompt: re.Pattern[str]) -> str | None:
    """The prompt at the end of *screen*, without its blank."""
    found = prompt.search(visible(screen[-_LOOKED_AT:]))
    return found["prompt"].rstrip() if found else None


def visible(text: str) -> str:
    """*text* without terminal codes; one that is cut off stays, so that nothing seems to end there."""
    return _CODES.sub("", text)


def ends_with_prompt(screen: str, prompt: str) -> bool:
    """Whether the last line is *prompt* and nothing else, and no terminal code is half there."""
    tail = screen[-_LOOKED_AT:]
    if _PART_OF_A_CODE.search(tail):
        return False
    last = rendered_line(re.split(r"\n", visible(tail))[-1])
    return last.rstrip() == prompt


def ends_in_pager(screen: str) -> bool:
    return re.search(rf"{MORE} ?$", visible(screen[-80:])) is not None


def has_echo(screen: str, command: str) -> bool:
    """Whether *command* was echoed: blanks do not count, for terminals wrap and redraw long lines."""
    return _without_blanks(command) in _without_blanks(visible(screen[: len(command) * 6 + 2000]))


def output_of(screen: str, command: str, prompt: str) -> str:
    """What *command* printed: the screen as a reader sees it, without echo, pagers and prompt."""
    lines = [rendered_line(line) for line in visible(screen).replace("\r\r\n", "\r\n").split("\n")]
    wanted = _without_blanks(command)
    for number, line in enumerate(lines[:40]):
        if _without_blanks(line).endswith(wanted):
            lines = lines[number + 1 :]
            break
    while lines and lines[-1].strip() in ("", prompt):
        lines.pop()
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def rendered_line(line: str) -> str:
    """One line after all its returns and backspaces, pagers gone."""
    line = line.rstrip("\r")
    if "\r" in line or "\b" in line:
        line = _retyped(line)
    return re.sub(rf"^ ?{MORE} ?", "", line)


def _retyped(line: str) -> str:
    cells: list[str] = []
    at = 0
    for character in line:
        if character == "\r":
            at = 0
        elif character == "\b":
            at = max(0, at - 1)
        else:
            cells[at : at + 1] = [character]
            at += 1
    return "".join(cells)


def _without_blanks(text: str) -> str:
    return re.sub(r"[\s\b]+", "", text)
