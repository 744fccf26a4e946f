"""grade.yaml: are these rules that a grading engine can take, about devices that exist?"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from control_plane_api.application.services.bounded_yaml import UnusableYaml, YamlLimits, load_bounded_yaml
from lcm_core.domain.errors import InputProblem, InvalidInput

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


class _Ruleset(_Rules):
    sections: Annotated[list[_Section], Field(min_length=1)]
    cut_score: Annotated[float, Field(ge=0)]


def check_grading_rules(grading_yaml: str, node_labels: Collection[str] | None) -> None:
    """Raises InvalidInput with each problem, its path and its line. Empty text is no rules, and no problem.

    Without *node_labels*, when nobody knows which nodes there are, any device will do.
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
    if node_labels is None:
        return
    known = set(node_labels)
    problems = [
        document.problem(f"/sections/{number}/items/{position}/device", f"the topology has no node {item.device!r}")
        for number, section in enumerate(rules.sections)
        for position, item in enumerate(section.items)
        if item.device not in known
    ]
    if problems:
        raise _invalid(problems)


def _invalid(problems: list[InputProblem]) -> InvalidInput:
    return InvalidInput(problems, what="grading rules", code="grading-rules-invalid")
