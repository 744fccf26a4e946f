"""grade.yaml: are these rules that a grading engine can take, about devices that exist, by commands that only show?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from control_plane_api.application.services.bounded_yaml import UnusableYaml, YamlLimits, load_bounded_yaml
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.node_cli import dialect_of
from lcm_core.domain.read_only import why_refused

_LIMITS = YamlLimits(max_bytes=500_000, max_values=50_000)
_Text = Annotated[str, Field(min_length=1)]


class _Rules(BaseModel):
    # The engine owns the rules and may know more of them than we do.
    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)


class _Item(_Rules):
    name: _Text
    device: _Text
    command: _Text
    points: Annotated[float, Field(ge=0)]


class _Section(_Rules):
    name: _Text
    items: list[_Item]


class _Collection(BaseModel):
    """Ours: what is kept as evidence beside what the rules look at."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    definitions: dict[str, list[_Text]] = {}
    devices: dict[str, list[_Text]] = {}


class _Ruleset(_Rules):
    collection: _Collection | None = None
    sections: Annotated[list[_Section], Field(min_length=1)]
    cut_score: Annotated[float, Field(ge=0)]


def check_grading_rules(grading_yaml: str, nodes: Mapping[str, str] | None) -> None:
    """Raises InvalidInput with each problem, its path and its line. Empty text is no rules, and no problem.

    *nodes* are node definitions by label; without them, when nobody knows which nodes there are, any device will do.
    """
    if not grading_yaml.strip():
        return
    try:
        document = load_bounded_yaml(grading_yaml, _LIMITS)
    except UnusableYaml as error:
        told = f"line {error.line}: {error.message}" if error.line else error.message
        raise _invalid([InputProblem("", told)]) from error
    try:
        rules = _Ruleset.model_validate(document.value)
    except ValidationError as error:
        raise _invalid(
            [
                document.problem("".join(f"/{part}" for part in item["loc"]), item["msg"])
                for item in error.errors(include_url=False, include_input=False)
            ]
        ) from error
    problems = [document.problem(path, message) for path, message in _problems(rules, nodes)]
    if problems:
        raise _invalid(problems)


def _problems(rules: _Ruleset, nodes: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    for number, section in enumerate(rules.sections):
        for position, item in enumerate(section.items):
            path = f"/sections/{number}/items/{position}"
            yield from _of_device(item.device, {f"{path}/command": item.command}, f"{path}/device", nodes)
    collection = rules.collection or _Collection()
    for definition, commands in collection.definitions.items():
        yield from _refused(definition, _placed(f"/collection/definitions/{definition}", commands))
    for label, commands in collection.devices.items():
        path = f"/collection/devices/{label}"
        yield from _of_device(label, _placed(path, commands), path, nodes)


def _of_device(
    label: str, commands: Mapping[str, str], where: str, nodes: Mapping[str, str] | None
) -> Iterator[tuple[str, str]]:
    if nodes is None:
        return
    if label not in nodes:
        yield where, f"the topology has no node {label!r}"
        return
    yield from _refused(nodes[label], commands)


def _refused(definition: str, commands: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """On nodes without a command line that we speak nothing is ever typed."""
    dialect = dialect_of(definition)
    if dialect is None:
        return
    for path, command in commands.items():
        why = why_refused(" ".join(command.split()), dialect.language)
        if why is not None:
            yield path, f"{command!r} would not be run on {definition}: {why}"


def _placed(path: str, commands: Sequence[str]) -> dict[str, str]:
    return {f"{path}/{place}": command for place, command in enumerate(commands)}


def _invalid(problems: list[InputProblem]) -> InvalidInput:
    return InvalidInput(problems, what="grading rules", code="grading-rules-invalid")
