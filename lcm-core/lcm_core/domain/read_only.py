"""Which commands may be typed on a learner's device: an allow-list, because what is graded must not be touched.

A command is refused unless every word of it is known to do nothing but show. What a rule of a content may ask for is
no exception: it comes from a file that people write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

LONGEST_COMMAND = 200

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_PROBE = re.compile(
    r"^(?:ping|traceroute)(?: (?:ip|ipv6))?(?: vrf [\w.\-]+)? [\w.:\-]+"
    r"(?: (?:source [\w./:\-]+|(?:repeat|count|timeout|size|probe|ttl) \d{1,4}))*$"
)
_SHOW = re.compile(r"^sho?w? ")
_WRITES_FILES = re.compile(r"^sho?w? +tec")
_FILTERS = frozenset({"include", "exclude", "begin", "section", "count", "grep", "i", "inc", "incl", "no-more"})
_IN_A_SHELL = re.compile(r"[;&<>`$\\(){}!*?~#\[\]]")


class CommandLanguage(StrEnum):
    """Who reads the command: a router-like command line, or a Unix shell."""

    CLI = "cli"
    SHELL = "shell"


def why_refused(command: str, language: CommandLanguage) -> str | None:
    """None for a command that cannot change the device, else what is wrong with it."""
    if len(command) > LONGEST_COMMAND:
        return f"it is longer than {LONGEST_COMMAND} characters"
    if not command.strip() or command != command.strip():
        return "it is empty, or begins or ends with a blank"
    if _UNPRINTABLE.search(command):
        return "it has characters that are not printable ASCII"
    return _refused_cli(command) if language is CommandLanguage.CLI else _refused_shell(command)


def _refused_cli(command: str) -> str | None:
    """The Cisco ones: ``show`` with a filter that only filters, and probes with all that they would ask for."""
    if _PROBE.fullmatch(command):
        return None
    if not _SHOW.match(command):
        return "only show, ping and traceroute commands are typed on devices"
    if _WRITES_FILES.match(command):
        return "show tech-support writes files on some platforms and takes minutes on all"
    if re.search(r"[;?<>]", command):
        return "; ? < and > are not typed on devices"
    _, *filters = command.split("|")
    for each in filters:
        words = each.split()
        if not words or words[0] not in _FILTERS:
            return f"the filter {each.strip()!r} is not known to do nothing but filter"
    return None


def _refused_shell(command: str) -> str | None:
    meta = _IN_A_SHELL.search(command)
    if meta:
        return f"{meta.group()} is not typed in a shell"
    if command.count("'") % 2 or command.count('"') % 2:
        return "a quote is not closed"
    first, *filters = (part.split() for part in command.split("|"))
    if not first or first[0] not in _PROGRAMS:
        return f"{first[0] if first else 'nothing'} is not among the programs that only show"
    if not _PROGRAMS[first[0]](first[1:]):
        return f"these arguments of {first[0]} are not known to do nothing but show"
    for words in filters:
        if not words or words[0] not in _PIPED or not _PROGRAMS[words[0]](words[1:]):
            return f"the filter {' '.join(words)!r} is not known to do nothing but filter"
    return None


Allowed = Callable[[Sequence[str]], bool]


def _any(_words: Sequence[str]) -> bool:
    return True


def _none(words: Sequence[str]) -> bool:
    return not words


def _each(pattern: str) -> Allowed:
    allowed = re.compile(pattern)
    return lambda words: all(allowed.fullmatch(word) for word in words)


def _but(pattern: str) -> Allowed:
    """Everything but words that *pattern* finds."""
    refused = re.compile(pattern)
    return lambda words: not any(refused.match(word) for word in words)


def _ip(words: Sequence[str]) -> bool:
    rest = list(words)
    while rest and rest[0] in ("-4", "-6", "-br", "-d", "-s", "-o", "-j"):
        rest.pop(0)
    if not rest or rest[0] not in ("a", "addr", "address", "l", "link", "r", "route", "n", "neigh", "rule"):
        return False
    return len(rest) == 1 or (rest[1] in ("show", "list", "get") and all(re.fullmatch(r"[\w.:/\-]+", w) for w in rest))


def _ping(words: Sequence[str]) -> bool:
    return re.fullmatch(r"(?:-[46] )?-c [1-9]\d?(?: -[Wwis] \d{1,4})* [\w.:\-]+", " ".join(words)) is not None


_PROGRAMS: Mapping[str, Allowed] = {
    "arp": _each(r"-[ane]+"),
    "cat": _any,
    "date": _each(r"-u|\+[%\w:\-]+"),
    "df": _each(r"-[ahHikTP]+|/[\w./\-]*"),
    "free": _each(r"-[bkmght]+"),
    "grep": _any,
    "head": _any,
    "hostname": _none,
    "id": _none,
    "ifconfig": _each(r"-a"),
    "ip": _ip,
    "ls": _any,
    "md5sum": _any,
    "netstat": _each(r"-[aelnprstuwx46]+"),
    "ping": _ping,
    "ps": _each(r"-?[aAefuwx]+|-o|[\w,]+"),
    "pwd": _none,
    "route": _each(r"-[nee46]+"),
    "sha256sum": _any,
    "ss": _each(r"-[aelnoprstuwx46]+"),
    "stat": _any,
    "tail": _but(r"-.*[fF]|--(?:follow|pid|retry)"),
    "uname": _each(r"-[asnrvmpio]+"),
    "uptime": _none,
    "wc": _any,
    "whoami": _none,
}
"""Programs that cannot write anything, whatever their files are, and which arguments they may be given."""

_PIPED = frozenset({"grep", "head", "tail", "wc", "cat"})
