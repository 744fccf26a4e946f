"""Reads configuration files in YAML; what is wrong in one is told with its line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

ModelT = TypeVar("ModelT", bound=BaseModel)


class ConfigFileUnreadable(Exception):
    """A configuration file is missing or wrong; the message says where and how, and never quotes a value of it."""


def load_config_file(path: Path, model: type[ModelT], what: str) -> ModelT:
    """*what* names the file for people. Raises ``ConfigFileUnreadable`` with every problem and its line."""
    content: Any = None
    try:
        content = YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8"))
        return model.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigFileUnreadable(f"{what} {path} cannot be read: {reason}.") from error
    except YAMLError as error:
        raise ConfigFileUnreadable(f"{what} {path} is not YAML: {_yaml_problem(error)}.") from None
    except ValidationError as error:
        told = "; ".join(_problem(content, each["loc"], each["msg"]) for each in error.errors())
        raise ConfigFileUnreadable(f"{what} {path} is not valid: {told}.") from None


def _yaml_problem(error: YAMLError) -> str:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    kind = type(error).__name__
    return f"line {mark.line + 1}: {kind}" if mark is not None else kind


def _problem(content: Any, location: Sequence[int | str], message: str) -> str:
    place = ".".join(str(part) for part in location)
    line = _line_of(content, location)
    return ": ".join(part for part in (f"line {line}" if line else "", place, message) if part)


def _line_of(content: Any, location: Sequence[int | str]) -> int | None:
    """The line of what *location* leads to, or of the innermost thing on the way there that has one."""
    line: int | None = None
    for part in location:
        mark = getattr(content, "lc", None)
        try:
            place = mark.key(part) if isinstance(part, str) else mark.item(part)  # pyright: ignore[reportOptionalMemberAccess]
            line = int(place[0]) + 1
            content = content[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    if line is None and getattr(content, "lc", None) is not None:
        line = int(content.lc.line) + 1
    return line
