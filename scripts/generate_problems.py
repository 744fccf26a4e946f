"""Writes docs/reference/problems.md: every problem type that control-plane-api can answer, read from its source.

A problem's code, status and text stand where it is raised, nowhere else. ``--check`` changes nothing and exits 1 when
the page is out of date.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from generated_files import ROOT, write_or_check

from control_plane_api.api.request_conditions import PRECONDITIONS
from lcm_core.domain.errors import FarEndError, LcmError
from lcm_core.hosting.problems import CODE_OF_STATUS, status_of_kind

PAGE = ROOT / "docs/reference/problems.md"
SOURCES = (ROOT / "lcm-core/lcm_core", ROOT / "control-plane-api/control_plane_api")
_NOT_SERVED = {"testing", "cli", "cli.py", "secrets_cli.py"}
_HEAD = """# Problem types

Made from the source (`make generated`). Every error is a problem document (RFC 9457, `application/problem+json`). Its
`type` is `urn:lcm:problem:<code>`; `type` and `code` are stable, texts are not. `facts` holds for programs what
`detail` says to people, and `errors` each thing that is wrong with a request. `{…}` stands for what differs.

| Code | Status | What it says |
| --- | --- | --- |
"""
_TRANSPORT = {
    400: "The body is no JSON.",
    401: "Credentials are needed.",
    403: "The caller has none of the roles that are needed.",
    404: "There is nothing at this path.",
    409: "Something stands against it; `detail` says what.",
    405: "The path has no such method.",
    413: "The body is larger than is accepted here.",
    415: "The body has a media type that is not accepted here.",
    422: "Part of the request is not valid; `errors` lists each.",
    429: "Too many requests; `Retry-After` says when to go on.",
    500: "What is stored cannot be read; `trace_id` finds the cause.",
    502: "Another system answered with what cannot be used; `detail` says with what.",
    503: "The service is starting, stopping or cannot reach what it needs.",
}


@dataclass(frozen=True, slots=True, order=True)
class ProblemType:
    code: str
    status: int
    text: str


def problem_types() -> list[ProblemType]:
    """By code; one that is raised in several places stands with each text that it has."""
    found = {ProblemType(code, status, _TRANSPORT.get(status, "")) for status, code in CODE_OF_STATUS.items()}
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            if _NOT_SERVED.isdisjoint(path.parts):
                found.update(_in_module(path, source.parent))
    told = {each.code for each in found if each.text}
    return sorted(each for each in found if each.text or each.code not in told)


def _in_module(path: Path, base: Path) -> Iterator[ProblemType]:
    tree = ast.parse(path.read_text())
    module = ".".join(path.relative_to(base).with_suffix("").parts)
    for call, owner in _calls(tree, None):
        code = next((each.value for each in call.keywords if each.arg == "code"), None)
        if not (isinstance(code, ast.Constant) and isinstance(code.value, str)):
            continue
        status = _status(call, owner, module)
        if status is not None:
            yield ProblemType(code.value, status, _text(call) or _doc(owner, module) or _TRANSPORT[status])
    for owner, code in _default_codes(tree):
        kind = getattr(importlib.import_module(module), owner)
        if issubclass(kind, LcmError):
            yield ProblemType(code, _status_of(kind), _doc(owner, module) or _TRANSPORT[_status_of(kind)])


def _doc(owner: str | None, module: str) -> str:
    kind = getattr(importlib.import_module(module), owner or "", None)
    own = kind.__dict__.get("__doc__") if isinstance(kind, type) else None
    return " ".join((own or "").split())


def _calls(node: ast.AST, owner: str | None) -> Iterator[tuple[ast.Call, str | None]]:
    """Every call with the name of the class that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, owner
        yield from _calls(child, child.name if isinstance(child, ast.ClassDef) else owner)


def _default_codes(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for kind in (each for each in tree.body if isinstance(each, ast.ClassDef)):
        for method in (each for each in kind.body if isinstance(each, ast.FunctionDef)):
            for argument, value in zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True):
                if argument.arg == "code" and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield kind.name, value.value


def _status(call: ast.Call, owner: str | None, module: str) -> int | None:
    given = {each.arg: each.value for each in call.keywords}
    name = call.func.id if isinstance(call.func, ast.Name) else None
    if name == "problem_response":
        status = given.get("status")
        return status.value if isinstance(status, ast.Constant) and isinstance(status.value, int) else None
    kind = getattr(importlib.import_module(module), name or owner or "", None)
    if not (isinstance(kind, type) and issubclass(kind, LcmError)):
        return None
    retryable = given.get("retryable")
    if issubclass(kind, FarEndError) and isinstance(retryable, ast.Constant):
        return 503 if retryable.value else 502
    return _status_of(kind)


def _status_of(kind: type[LcmError]) -> int:
    return next((status for each, status in PRECONDITIONS.items() if issubclass(kind, each)), status_of_kind(kind))


def _text(call: ast.Call) -> str:
    """The longest text among what the error is made of, with a hole for each value."""
    given = [*call.args, *(each.value for each in call.keywords if each.arg in ("detail", "message"))]
    texts = [_template(each) for argument in given for each in ast.walk(argument) if _is_text(each)]
    return max((text for text in texts if " " in text), key=len, default="")


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _template(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "{…}" for each in parts)


def page() -> str:
    rows: dict[tuple[str, int], list[str]] = {}
    for each in problem_types():
        rows.setdefault((each.code, each.status), []).append(" ".join(each.text.split()).replace("|", "\\|"))
    lines = [
        f"| `{code}` | {status} {HTTPStatus(status).phrase} | {' — or — '.join(text for text in texts if text)} |"
        for (code, status), texts in sorted(rows.items())
    ]
    return _HEAD + "\n".join(lines) + "\n"


def generated() -> dict[Path, str]:
    """Each file with what must stand in it."""
    return {PAGE: page()}


if __name__ == "__main__":
    sys.exit(write_or_check(generated(), sys.argv[1:]))
