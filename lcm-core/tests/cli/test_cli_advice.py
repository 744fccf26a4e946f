"""Advice that names a command names one that there is, with what it cannot do without."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

import lcm_core.cli
from lcm_core.cli.main import build_app
from lcm_core.cli.resources.catalogue import resource_named

_FOLDER = Path(lcm_core.cli.__file__).parent
_NAMED = re.compile(r"`lcm ([^`]+)`")
_READS = ("get", "list", "describe", "watch")


def advised() -> Iterator[str]:
    """Commands in backticks in texts (not in docstrings) of the checks and of problems; X for what is filled in."""
    for file in (*sorted((_FOLDER / "checks").glob("*.py")), _FOLDER / "api/problem.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = (str(each.value) if isinstance(each, ast.Constant) else "X" for each in node.values)
                yield from _NAMED.findall("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                yield from _NAMED.findall(node.value)


@pytest.mark.parametrize("words", sorted(set(advised())))
def test_a_command_that_is_advised_can_be_run_as_it_stands(words: str):
    command: Any = typer.main.get_command(build_app([]))
    given, asked_for_itself = shlex.split(words), words in _READS
    while hasattr(command, "resolve_command"):
        _, command, given = command.resolve_command(typer.Context(command), given)
        assert command is not None
    command.make_context(words, given, resilient_parsing=asked_for_itself)
    if command.name in _READS and given:
        assert resource_named(given[0])
