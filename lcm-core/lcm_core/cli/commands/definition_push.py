"""``lcm definition push``: from a folder to a version, with every problem and every change shown first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import ApiProblem, CliError, UsageProblem
from lcm_core.cli.commands.bucket_push import push_to_bucket
from lcm_core.cli.commands.content_folder import TERMS_FILE, ContentFolder, read_package
from lcm_core.cli.commands.definitions_by_name import newest_active
from lcm_core.cli.commands.proposals import show_changes
from lcm_core.cli.output.printing import facts_of, note, print_data
from lcm_core.cli.resources.cells import room
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Output, Terminal, terminal_of

_ROUTE = "/api/v1/lablet-definitions"
_TERMS = (
    "form_qualified_name",
    "license_affinity",
    "ami_requirement",
    "max_duration_minutes",
    "lead_seconds",
    "teardown_seconds",
    "grading_enabled",
    "owner_contact",
    "host_loss",
    "limits",
    "extra_steps",
    "version_policy",
    "content_bucket",
)
_FOUND = (
    Column("title", "title"),
    Column("nodes", "node_count"),
    Column("links", "link_count"),
    Column("asks for", "requirements", room),
    Column("licences that do", "sufficient_licenses"),
    Column("content hash", "content_hash"),
)


class ContentRefused(CliError):
    """Problems of a package, each with its file, line and path."""

    def __init__(self, package: str, problems: list[str]) -> None:
        count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        super().__init__(f"The package {package} cannot be used: {count}.", code="content-invalid")
        self._problems = problems

    def more(self) -> Iterator[str]:
        yield from self._problems


def push(
    ctx: typer.Context,
    package: Annotated[
        Path, typer.Argument(exists=True, help="Folder or zip file with cml.yaml, content.xml, grade.yaml.")
    ],
    name: Annotated[str | None, typer.Option("--name", help=f"As in {TERMS_FILE}, or the folder's name, else.")] = None,
    form: Annotated[
        str | None, typer.Option("--form", help="Form-qualified name; needed for a new definition.")
    ] = None,
    version: Annotated[str | None, typer.Option("--version", help="Another version than the proposed one.")] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Make it a version without being asked.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show only.")] = False,
    keep_current: Annotated[
        bool, typer.Option("--keep-current", help="Do not deprecate the version there is.")
    ] = False,
    to_bucket: Annotated[
        bool,
        typer.Option("--to-bucket", help="Put the package, tasks and assets included, into the definition's bucket."),
    ] = False,
    output: Output = None,
) -> None:
    """Check a package, show what it would change, and make it a version.

    Every problem is told with its file, line and path. The proposed version follows from the greatest change. Terms
    other than the content come from definition.yaml in the package, else they stay as they are. --to-bucket needs
    credentials for S3 (AWS_… in the environment); it lets lablet-controller read the package.
    """
    terminal, content = terminal_of(ctx, output), read_package(package)
    given = {
        **_terms_file(content),
        **{key: value for key, value in (("name", name), ("form_qualified_name", form)) if value},
    }
    given.setdefault("name", content.name)
    body, analysis = terminal.run(lambda api: _analysed(api, content, given))
    _show_analysis(terminal, content, body, analysis, to_bucket)
    compared = analysis.get("compared")
    if compared is not None and compared["level"] is None and not to_bucket:
        note(terminal, f"Nothing differs from {body['name']} {compared['current_version']}.")
        _finish(terminal, analysis)
        return
    body["semantic_version"] = version or (
        compared["semantic_version"] if compared else given.get("semantic_version", "1.0.0")
    )
    if dry_run:
        _finish(terminal, analysis)
        return
    terminal.confirm(f"Make it {body['name']} {body['semantic_version']}?", confirm)
    if to_bucket:
        made = terminal.run(lambda api: push_to_bucket(api, terminal, content, body, version, keep_current))
    else:
        # one request: nobody is left with two versions that can be booked when the second one fails
        replaced = {"replaces": compared["definition_id"]} if compared is not None and not keep_current else {}
        made = terminal.run(lambda api: api.post(_ROUTE, {**body, **replaced}))
    note(terminal, f"{made['name']} {made['semantic_version']} is {made['status']}: {made['id']}")
    _finish(terminal, made)


def _finish(terminal: Terminal, answer: Row) -> None:
    if not terminal.for_people:
        print_data(terminal, answer)


def _terms_file(content: ContentFolder) -> dict[str, Any]:
    text = content.files.get(TERMS_FILE)
    if text is None:
        return {}
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageProblem(f"{TERMS_FILE}: {error}") from error
    if not isinstance(found, dict):
        raise UsageProblem(f"{TERMS_FILE} holds no mapping of terms.")
    return found  # pyright: ignore[reportUnknownVariableType]


async def _analysed(api: ApiClient, content: ContentFolder, given: Mapping[str, Any]) -> tuple[dict[str, Any], Row]:
    """The request that would make the version, and what the server says of it. Raises ContentRefused."""
    current = await newest_active(api, str(given["name"]))
    terms = {key: current[key] for key in _TERMS if current.get(key) not in (None, "")} if current is not None else {}
    texts = {field: content.text(field) for field in content.texts}
    published = content.publication
    publication = {"publication": published.model_dump(mode="json")} if published is not None else {}
    body: dict[str, Any] = {**terms, **given, **texts, **publication}
    if "form_qualified_name" not in body:
        raise UsageProblem(
            f"There is no definition {given['name']!r} yet: say its --form, e.g. 'Exam CCNP v1 LAB 1.1'."
        )
    try:
        return body, await api.post(f"{_ROUTE}/analysis", body)
    except ApiProblem as problem:
        if problem.status == 422 and problem.errors:
            told = [_told(content, error) for error in problem.errors]
            raise ContentRefused(content.name, told) from problem
        raise


def _told(content: ContentFolder, error: Mapping[str, Any]) -> str:
    """``cml.yaml /nodes/3/label: line 12: …``"""
    pointer = str(error.get("pointer", "#")).lstrip("#")
    field, _, rest = pointer.lstrip("/").partition("/")
    where = f"{content.texts[field]} /{rest}".rstrip(" /") if field in content.texts else pointer or "package"
    return f"{where}: {error.get('message')}"


def _show_analysis(
    terminal: Terminal, content: ContentFolder, body: Mapping[str, Any], analysis: Row, to_bucket: bool
) -> None:
    if content.others and not to_bucket:
        note(terminal, Text(f"{len(content.others)} further files go with --to-bucket only.", style="yellow"))
    if not terminal.for_people:
        return
    terminal.out.print(facts_of(_FOUND, analysis))
    compared = analysis.get("compared")
    if compared is not None and compared["level"] is not None:
        heading = f"{body['name']} {compared['current_version']} → {compared['semantic_version']} ({compared['level']})"
        show_changes(terminal, heading, compared["changes"], compared["more_changes"], compared["files"])
