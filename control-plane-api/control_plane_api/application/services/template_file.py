"""Worker templates out of a YAML file: read as a whole, told with the line of whatever is wrong, applied one by one.

worker_templates:
  - name: enterprise-large
    region: us-east-1
    instance_type: m5zn.metal
    ...
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import structlog
from pydantic import ValidationError

from control_plane_api.application.commands.worker_template.follow_template_file_command import (
    Followed,
    FollowTemplateFileCommand,
)
from control_plane_api.application.services.bounded_yaml import UnusableYaml, YamlDocument, load_bounded_yaml
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Mediator
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.errors import InputProblem, InvalidInput

log = structlog.stdlib.get_logger(__name__)

ACTOR = "template-file"
_ROOT = "worker_templates"
_WHAT = "template file"


@dataclass(frozen=True, slots=True)
class TemplateEntry:
    """*digest* changes with the content of the entry, not with its layout; *path* is its place in the file."""

    request: CreateWorkerTemplate
    digest: str
    path: str


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """``entries`` so that each comes behind those it falls back on."""

    document: YamlDocument
    entries: tuple[TemplateEntry, ...]


def read_templates(text: str) -> TemplateFile:
    """Raises InvalidInput with every problem and its line."""
    try:
        document = load_bounded_yaml(text)
    except UnusableYaml as error:
        where = f"line {error.line}: " if error.line else ""
        raise InvalidInput([InputProblem("", f"{where}{error.message}")], what=_WHAT) from error
    rows = _rows(document)
    problems: list[InputProblem] = []
    entries: list[TemplateEntry] = []
    for number, row in enumerate(rows):
        path = f"/{_ROOT}/{number}"
        try:
            request = CreateWorkerTemplate.model_validate(row)
        except ValidationError as error:
            problems += [document.problem(f"{path}{_pointer(each['loc'])}", each["msg"]) for each in error.errors()]
            continue
        if any(each.request.name == request.name for each in entries):
            problems.append(document.problem(f"{path}/name", f"{request.name!r} is there twice"))
        entries.append(TemplateEntry(request, _digest(request), path))
    if problems:
        raise InvalidInput(problems, what=_WHAT)
    return TemplateFile(document, _in_order(document, entries))


async def follow_template_file(path: Path, mediator: Mediator) -> dict[str, Followed]:
    """``follow`` the file at *path*. Raises InvalidInput, also when it cannot be read."""
    try:
        text = await asyncio.to_thread(path.read_text, encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise InvalidInput([InputProblem("", f"{path} cannot be read: {error}")], what=_WHAT) from error
    return await follow(read_templates(text), mediator)


async def follow(file: TemplateFile, mediator: Mediator) -> dict[str, Followed]:
    """What became of each template. Raises InvalidInput, with the line, at the first that cannot be used."""
    context = CommandContext(actor=ACTOR, correlation_id=uuid4().hex)
    outcomes: dict[str, Followed] = {}
    for entry in file.entries:
        try:
            outcome = await mediator.execute(FollowTemplateFileCommand(entry.request, entry.digest), context)
        except InvalidInput as error:
            told = [file.document.problem(f"{entry.path}{each.path}", each.message) for each in error.errors]
            raise InvalidInput(told, what=_WHAT) from error
        outcomes[entry.request.name] = outcome
        if outcome is Followed.EDITED:
            log.warning(
                "template_file_not_followed",
                template=entry.request.name,
                why="the template was edited, or made by hand; change it over the API",
            )
        elif outcome is not Followed.UNCHANGED:
            log.info("template_file_followed", template=entry.request.name, outcome=outcome.value)
    return outcomes


def _rows(document: YamlDocument) -> Sequence[Any]:
    root: object = document.value
    if not isinstance(root, dict) or set(cast("dict[str, Any]", root)) != {_ROOT}:
        raise InvalidInput([document.problem("", f"must hold one key, {_ROOT}")], what=_WHAT)
    rows: object = cast("dict[str, Any]", root)[_ROOT]
    if not isinstance(rows, list):
        raise InvalidInput([document.problem(f"/{_ROOT}", "must be a list of templates")], what=_WHAT)
    return cast("list[Any]", rows)


def _in_order(document: YamlDocument, entries: Sequence[TemplateEntry]) -> tuple[TemplateEntry, ...]:
    by_name = {entry.request.name: entry for entry in entries}
    needs = {
        name: [other for other in entry.request.provisioning.fallback_templates if other in by_name]
        for name, entry in by_name.items()
    }
    try:
        return tuple(by_name[name] for name in TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        path = f"{by_name[circle[0]].path}/provisioning/fallback_templates"
        told = f"templates fall back on each other in a circle: {' → '.join(circle)}"
        raise InvalidInput([document.problem(path, told)], what=_WHAT) from error


def _digest(request: CreateWorkerTemplate) -> str:
    return hashlib.sha256(json.dumps(request.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def _pointer(location: Sequence[int | str]) -> str:
    return "".join(f"/{part}" for part in location)
