"""YAML from outside: parsed in one pass, within limits, keeping the line of every value.

Tags that make objects, aliases (they multiply what is small) and second documents are refused. Plain scalars are read
by the core schema of YAML 1.2; sizes are checked before anything is built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lcm_core.domain.errors import InputProblem

YamlValue = Any
"""None, bool, int, float, str, list and dict of the same; looked at through a model."""

_CORE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map"))
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,17}|[0-9]{1,17}(\.[0-9]{0,17})?)([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class YamlLimits:
    max_bytes: int = 2_000_000
    max_depth: int = 32
    max_values: int = 200_000


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """``lines`` maps the JSON pointer of every value to its line, counted from 1."""

    value: YamlValue
    lines: dict[str, int]

    def problem(self, path: str, message: str) -> InputProblem:
        """A problem at *path*, told with the line of it or of the nearest thing around it."""
        around = path
        while around and around not in self.lines:
            around = around.rpartition("/")[0]
        line = self.lines.get(around)
        return InputProblem(path, f"line {line}: {message}" if line is not None else message)


class UnusableYaml(ValueError):
    """Not YAML, or not within the limits; *line* counts from 1, 0 when unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def load_bounded_yaml(text: str, limits: YamlLimits = YamlLimits()) -> YamlDocument:
    """Raises UnusableYaml."""
    if len(text.encode()) > limits.max_bytes:
        raise UnusableYaml(f"larger than {limits.max_bytes} bytes")
    builder = _Builder(limits)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnusableYaml(f"not YAML: {error.problem or error.context}", mark.line + 1 if mark else 0) from error
    except (YAMLError, UnicodeError) as error:
        raise UnusableYaml(f"not YAML: {str(error).splitlines()[0]}") from error
    if builder.documents == 0:
        raise UnusableYaml("it is empty")
    return YamlDocument(builder.root, builder.lines)


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being filled; *key* is the mapping's key whose value comes next."""

    value: list[YamlValue] | dict[str, YamlValue]
    pointer: str
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Turns the parser's events into values, one by one, with a stack of its own instead of recursion."""

    limits: YamlLimits
    root: YamlValue = None
    documents: int = 0
    lines: dict[str, int] = field(default_factory=dict[str, int])
    stack: list[_Open] = field(default_factory=list[_Open])
    values: int = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        match type(event).__name__:
            case "DocumentStartEvent":
                self._start_document(line)
            case "AliasEvent":
                raise UnusableYaml("aliases (*name) are not accepted; write the value out", line)
            case "ScalarEvent":
                self._require_core_tag(event, line)
                self._put(event.value if event.implicit[1] else _scalar(event), line, is_key_text=event.value)
            case "SequenceStartEvent":
                self._open([], event, line)
            case "MappingStartEvent":
                self._open({}, event, line)
            case "SequenceEndEvent" | "MappingEndEvent":
                self.stack.pop()
            case _:
                pass

    def _start_document(self, line: int) -> None:
        self.documents += 1
        if self.documents > 1:
            raise UnusableYaml("more than one document", line)

    def _open(self, value: list[YamlValue] | dict[str, YamlValue], event: Any, line: int) -> None:
        self._require_core_tag(event, line)
        if len(self.stack) >= self.limits.max_depth:
            raise UnusableYaml(f"nested deeper than {self.limits.max_depth} levels", line)
        pointer = self._put(value, line)
        self.stack.append(_Open(value, pointer))

    def _put(self, value: YamlValue, line: int, is_key_text: str | None = None) -> str:
        """Put *value* where it belongs and answer its pointer; a mapping's key is only remembered."""
        self.values += 1
        if self.values > self.limits.max_values:
            raise UnusableYaml(f"more than {self.limits.max_values} values", line)
        if not self.stack:
            self.root = value
            self.lines[""] = line
            return ""
        parent = self.stack[-1]
        if isinstance(parent.value, list):
            pointer = f"{parent.pointer}/{len(parent.value)}"
            parent.value.append(value)
        elif parent.key is None:
            self._remember_key(parent, is_key_text, line)
            return parent.pointer
        else:
            pointer = f"{parent.pointer}/{_escaped(parent.key)}"
            parent.value[parent.key] = value
            parent.key = None
        self.lines[pointer] = line
        return pointer

    def _remember_key(self, parent: _Open, key: str | None, line: int) -> None:
        if key is None:
            raise UnusableYaml("a key must be text, not a list or a mapping", line)
        if key in parent.value:
            raise UnusableYaml(f"key {key!r} is there twice", line)
        parent.key = key

    def _require_core_tag(self, event: Any, line: int) -> None:
        tag = event.tag
        if tag is not None and str(tag) not in _CORE_TAGS and str(tag) != "!":
            raise UnusableYaml(f"tag {tag} is not accepted", line)


def _scalar(event: Any) -> YamlValue:
    text: str = event.value
    if event.tag is not None and str(event.tag).endswith(":str"):
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
