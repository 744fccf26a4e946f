"""What the documentation says, and what there really is."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))  # the generators are scripts, not a package

FENCED = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
PARAMETER = re.compile(r"\{[^}]*\}|<[^>]*>|\$\{?\w+\}?")
ROUTERS = (
    "lcm-core/lcm_core/reconcile",
    "worker-controller/worker_controller/api",
    "resource-scheduler/resource_scheduler/api",
    "lablet-controller/lablet_controller/api",
    "simulators/lcm_simulators",
)


@dataclass(frozen=True, slots=True)
class Page:
    file: Path
    text: str

    @property
    def name(self) -> str:
        return str(self.file.relative_to(ROOT))

    @property
    def code(self) -> list[str]:
        """Lines of code blocks and code spans: what a reader may type."""
        lines = [line.strip() for block in FENCED.findall(self.text) for line in block.splitlines()]
        return [line for line in lines if line] + INLINE.findall(FENCED.sub("", self.text))


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str

    def serves(self, method: str | None, path: str) -> bool:
        """*path* may name its parameters in any way, or end with a wildcard."""
        if method is not None and method != self.method:
            return False
        mine, asked = self.path.split("/"), PARAMETER.sub("{}", path).split("/")
        if asked[-1] in {"*", "…", "..."}:
            mine, asked = mine[: len(asked) - 1], asked[:-1]
        return len(mine) == len(asked) and all(
            one == other or one.startswith("{") for one, other in zip(mine, asked, strict=True)
        )


@pytest.fixture(scope="session")
def pages() -> list[Page]:
    """Every page for people: the documentation, and what lies beside the code."""
    files = {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md"), *ROOT.glob("bench/*.md")}
    files |= {file for file in ROOT.glob("*/*.md") if "node_modules" not in file.parts}
    return [Page(file, file.read_text()) for file in sorted(files)]


@pytest.fixture(scope="session")
def routes() -> list[Route]:
    """Those of control-plane-api from its OpenAPI document, all others from the source of their routers."""
    document = json.loads((ROOT / "control-plane-api/openapi.json").read_text())
    found = [Route(method.upper(), path) for path, methods in document["paths"].items() for method in methods]
    for folder in ROUTERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(file.read_text())
            found += _routes_of(tree, _text_constants(tree), {})
    return found


def _text_constants(tree: ast.Module) -> dict[str, str]:
    return {
        target.id: statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _routes_of(
    scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, constants: Mapping[str, str], outer: Mapping[str, str]
) -> Iterator[Route]:
    prefixes = {**outer, **dict(_router_prefixes(scope))}
    for function in (item for item in scope.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)):
        for call in (item for item in function.decorator_list if isinstance(item, ast.Call) and item.args):
            if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                prefix = prefixes.get(call.func.value.id)
                path = _text(call.args[0], constants)
                if prefix is not None and path is not None:
                    yield Route(call.func.attr.upper(), prefix + path)
        yield from _routes_of(function, constants, prefixes)


def _router_prefixes(scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, str]]:
    for item in scope.body:
        if not isinstance(item, ast.Assign) or not isinstance(item.value, ast.Call):
            continue
        if isinstance(item.value.func, ast.Name) and item.value.func.id == "APIRouter":
            given = {keyword.arg: keyword.value for keyword in item.value.keywords}
            prefix = _text(given["prefix"], {}) if "prefix" in given else ""
            yield from ((target.id, prefix or "") for target in item.targets if isinstance(target, ast.Name))


def _text(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
