"""The grading rules of a content, as far as we need them: what to collect, and what to hand to the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lablet_controller.domain.command_sets import CommandSets
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


def command_sets(rules: Mapping[str, Any] | None) -> CommandSets:
    """The commands whose output the rules look at, after those that ``collection`` asks for.

    ``collection: {definitions: {iosv: [show ip ospf neighbor]}, devices: {R1: [show bgp summary]}}`` is ours, not the
    engine's: it keeps evidence that no rule looks at.
    """
    own = _mapping((rules or {}).get("collection"))
    by_device: dict[str, dict[str, None]] = _commands(own.get("devices"))
    for item in _items(rules or {}):
        device, command = item.get("device"), item.get("command")
        if isinstance(device, str) and isinstance(command, str):
            by_device.setdefault(device, {})[" ".join(command.split())] = None
    return CommandSets(
        by_definition={key: tuple(commands) for key, commands in _commands(own.get("definitions")).items()},
        by_device={key: tuple(commands) for key, commands in by_device.items()},
    )


def engine_rules(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the engine is given: everything but ours."""
    return {key: value for key, value in rules.items() if key != "collection"}


def ruleset_name(form_qualified_name: str, content_hash: str) -> str:
    """The engine keeps one ruleset per name; two versions of a form must not overwrite each other's."""
    return f"{form_qualified_name} {content_hash[:12]}"


def _items(rules: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for section in _list(rules.get("sections")):
        if isinstance(section, dict):
            yield from (item for item in _list(section.get("items")) if isinstance(item, dict))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _commands(value: Any) -> dict[str, dict[str, None]]:
    return {
        str(key): {" ".join(each.split()): None for each in _list(commands) if isinstance(each, str)}
        for key, commands in _mapping(value).items()
    }
