"""Every route, setting, command, event, metric, target and link that the documentation names exists."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from local_stack.__main__ import app as local_stack_app

from control_plane_api.domain.events.registry import EVENTS
from lcm_core.cli.main import build_app

if TYPE_CHECKING:
    from conftest import Page, Route

ROOT = Path(__file__).resolve().parents[2]
ROUTE = re.compile(
    r"""(?:\b(GET|POST|PUT|PATCH|DELETE)\s+)?"""
    r"""(?<![\w/.}\-])(?:https?://[^/\s`]+|"?\$\{?\w+\}?)?"""
    r"""(/(?:api|auth|health|_sim)/(?:<[^>\s]+>|[^\s`"'<>()|,;?\[\]])+)"""
)
FOREIGN_ROUTES = ("/api/v0/",)
"""Of CML itself."""
SETTING = re.compile(r"\b(?:CONTROL_PLANE|RESOURCE_SCHEDULER|WORKER_CONTROLLER|LABLET_CONTROLLER|LCM_PORT)_[A-Z0-9_]+")
TARGET = re.compile(r"(?:^|[;&|(] *|\$ )make ([a-z][a-z-]*)")
LCM = re.compile(r"(?:^|&& *|; *|-- |\$ |\$\(|/bin/|exec [\w-]+ )lcm((?: +[\w-]+)*)")
LOCAL_STACK = re.compile(r"-m local_stack(?: --data \S+)?((?: +[\w-]+)*)")
EVENT = re.compile(r"\b[a-z]+(?:_[a-z]+)*(?:\.[a-z_]+)+\.v\d+\b")
METRIC = re.compile(r"\blcm_[a-z0-9_]+\b")
PACKAGES = {"lcm_core", "lcm_simulators"}
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def _lines(problems: list[str]) -> str:
    return "\n" + "\n".join(problems)


def _named(pages: list[Page], pattern: re.Pattern[str]) -> Iterator[tuple[Page, str]]:
    return ((page, match.group()) for page in pages for match in pattern.finditer(page.text))


def test_every_route_exists(pages: list[Page], routes: list[Route]) -> None:
    unknown = [
        f"{page.name}: {method or ''} {path}"
        for page in pages
        for method, written in ROUTE.findall(page.text)
        if (path := written.rstrip(".:")) and not path.startswith(FOREIGN_ROUTES)
        if not any(route.serves(method or None, path) for route in routes)
        if method or not any(route.path.startswith(f"{path}/") for route in routes)
    ]
    assert not unknown, _lines(unknown)


def test_every_setting_exists(pages: list[Page]) -> None:
    settings = importlib.import_module("generate_settings")
    composed = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    known = {*settings.variables(), *settings.port_variables(), *composed}
    unknown = [
        f"{page.name}: {name}"
        for page, name in _named(pages, SETTING)
        if name not in known and not (name.endswith("_") and any(item.startswith(name) for item in known))
    ]
    assert not unknown, _lines(unknown)


def test_every_make_target_exists(pages: list[Page]) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [(page, target) for page in pages for line in page.code for target in TARGET.findall(line)]
    unknown = [f"{page.name}: make {target}" for page, target in named if target not in targets]
    assert not unknown, _lines(unknown)


@pytest.mark.parametrize(
    ("pattern", "application"),
    [pytest.param(LCM, build_app(), id="lcm"), pytest.param(LOCAL_STACK, local_stack_app, id="local_stack")],
)
def test_every_command_and_option_exists(pages: list[Page], pattern: re.Pattern[str], application: typer.Typer) -> None:
    root = typer.main.get_command(application)
    unknown = [
        f"{page.name}: {line}: {problem}"
        for page in pages
        for line in page.code
        for words in pattern.findall(line)
        if (problem := _misused(root, words.split()))
    ]
    assert not unknown, _lines(unknown)


def _misused(command: Any, words: list[str]) -> str | None:
    """What a command line of *words* names that is not there: a subcommand, or an option."""
    for word in words:
        if word.startswith("-"):
            if word not in {"--help", *(option for item in command.params for option in item.opts)}:
                return f"no option {word}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"no command {word}"
            command = command.commands[word]
    return None


def test_every_event_exists(pages: list[Page]) -> None:
    known = {entry.type for entry in EVENTS.catalogue()}
    unknown = [f"{page.name}: {name}" for page, name in _named(pages, EVENT) if name not in known]
    assert not unknown, _lines(unknown)


@pytest.fixture(scope="module")
def metrics() -> set[str]:
    return importlib.import_module("generate_metrics").metric_names() | PACKAGES


def test_every_metric_exists(pages: list[Page], metrics: set[str]) -> None:
    unknown = [f"{page.name}: {name}" for page, name in _named(pages, METRIC) if name not in metrics]
    assert not unknown, _lines(unknown)


def test_every_relative_link_leads_somewhere(pages: list[Page]) -> None:
    broken = [
        f"{page.name}: {link}"
        for page in pages
        for link in LINK.findall(page.text)
        if "://" not in link and not link.startswith("mailto:") and not _leads_somewhere(page, link)
    ]
    assert not broken, _lines(broken)


def _leads_somewhere(page: Page, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.file.parent / path).resolve() if path else page.file
    if not target.exists():
        return False
    return not anchor or anchor in {_slug(heading) for heading in HEADING.findall(target.read_text())}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    pages = (str(file.relative_to(ROOT / "docs")) for file in (ROOT / "docs").rglob("*.md"))
    missing = [page for page in pages if page not in navigation]
    assert not missing, _lines(missing)


def test_what_is_generated_is_current() -> None:
    files: dict[Path, str] = importlib.import_module("generate").generated()
    outdated = [file.name for file, text in files.items() if not file.exists() or file.read_text() != text]
    assert outdated == [], "run `make generated`"


def test_every_problem_type_says_what_happened() -> None:
    types = importlib.import_module("generate_problems").problem_types()
    expected = {"capacity-refused", "idempotency-key-reused", "precondition-failed", "unknown-parameter", "not-found"}
    assert expected <= {each.code for each in types}
    assert [each.code for each in types if not each.text] == []
