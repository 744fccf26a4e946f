"""IMPLEMENTATION_STATUS.md names every requirement once, and only tests that exist."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATUS = ROOT / "docs/implementation/IMPLEMENTATION_STATUS.md"
STATES = {"done", "partly", "not yet"}
ROW = re.compile(r"^\| (?P<id>N?FR-[\d.]+[a-z]?) \|[^|]+\| (?P<state>[^|]+) \| (?P<proof>[^|]*)\|$", re.MULTILINE)
PROMISE = re.compile(r"^\| [^|]+ \| (?P<state>done|partly|not yet) \| (?P<proof>[^|]*)\|$", re.MULTILINE)
TEST = re.compile(r"`([\w./-]+)::(\w+)`")
LETTERED = {
    "FR-2.1.1": "abcde",
    "FR-2.1.4": "abcd",
    "FR-2.1.5": "abcd",
    "FR-2.1.6": "abcd",
    "FR-2.2.3": "abcdefghij",
    "FR-2.2.4": "abcde",
    "FR-2.2.5": "abcdefghijk",
    "FR-2.2.6": "abcdefghi",
    "FR-2.2.7": "abcdefghijk",
    "FR-2.3.1": "abcde",
    "FR-2.3.2": "abcde",
    "FR-2.4.1": "abcde",
    "FR-2.4.3": "abcd",
    "FR-2.5.1": "abcd",
    "FR-2.5.2": "abcd",
    "FR-2.5.3": "abc",
    "FR-2.6.1": "abcdef",
    "FR-2.6.2": "abcdefgh",
    "FR-2.7.1": "abcd",
}
WHOLE = ("FR-2.1.2", "FR-2.1.3", "FR-2.2.1", "FR-2.2.2", "FR-2.3.3", "FR-2.4.2", "FR-2.6.3")
NUMBERED = {"NFR-3.1": 5, "NFR-3.2": 4, "NFR-3.3": 3, "NFR-3.4": 4, "NFR-3.5": 5, "NFR-3.6": 3}


def requirements() -> set[str]:
    lettered = {f"{prefix}{letter}" for prefix, letters in LETTERED.items() for letter in letters}
    numbered = {f"{prefix}.{number}" for prefix, count in NUMBERED.items() for number in range(1, count + 1)}
    return lettered | numbered | set(WHOLE)


@pytest.fixture(scope="module")
def text() -> str:
    return STATUS.read_text()


def test_every_requirement_stands_there_once(text: str) -> None:
    found = Counter(row["id"] for row in ROW.finditer(text))
    assert found == Counter(requirements())


def test_every_state_is_one_of_three(text: str) -> None:
    assert {row["state"] for row in ROW.finditer(text)} <= STATES


def test_what_is_done_is_proved_by_a_test(text: str) -> None:
    rows = [*ROW.finditer(text), *PROMISE.finditer(text)]
    unproved = [row[0] for row in rows if row["state"] == "done" and not TEST.search(row["proof"])]
    assert not unproved, "\n" + "\n".join(unproved)


def test_every_test_that_is_named_exists(text: str) -> None:
    named = set(TEST.findall(text))
    missing = [f"{file}::{name}" for file, name in sorted(named) if name not in _tests_in(ROOT / file)]
    assert len(named) > 100
    assert not missing, "\n" + "\n".join(missing)


def _tests_in(file: Path) -> set[str]:
    """Test functions, and state machines that are bound to a name of a test."""
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text())
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return functions | assigned
