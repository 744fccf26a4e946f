"""The grading rules of a content, as far as we need them: what to collect, and what to hand to the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lcm_core.domain.errors import InputProblem, InvalidInput


def ruleset_of(grading_yaml: str) -> Mapping[str, Any] | None:
    """The rules as the engine takes them; None when the content has none. Raises ``InvalidInput``."""
    if not grading_yaml.strip():
        return None
    try:
        rules: Any = YAML(typ="safe", pure=True).load(grading_yaml)
    except YAMLError as error:
        problem = InputProblem("", f"they are not YAML: {getattr(error, 'problem', None) or type(error).__name__}")
        raise InvalidInput([problem], what="grading rules", code="grading-rules-invalid") from error
    if not isinstance(rules, dict):
        problem = InputProblem("", "they must be a mapping with sections")
        raise InvalidInput([problem], what="grading rules", code="grading-rules-invalid")
    return rules


def commands_by_device(rules: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """The commands whose output the rules look at, in their order, each once per device label."""
    found: dict[str, dict[str, None]] = {}
    for item in _items(rules or {}):
        device, command = item.get("device"), item.get("command")
        if isinstance(device, str) and isinstance(command, str):
            found.setdefault(device, {})[" ".join(command.split())] = None
    return {device: tuple(commands) for device, commands in found.items()}


def ruleset_name(form_qualified_name: str, content_hash: str) -> str:
    """The engine keeps one ruleset per name; two versions of a form must not overwrite each other's."""
    return f"{form_qualified_name} {content_hash[:12]}"


def _items(rules: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for section in _list(rules.get("sections")):
        if isinstance(section, dict):
            yield from (item for item in _list(section.get("items")) if isinstance(item, dict))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
