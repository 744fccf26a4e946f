"""Writes docs/reference/settings.md from the settings classes of the services and the ports of the local stack.

``python scripts/generate_settings.py`` rewrites the file; with ``--check`` it changes nothing and exits 1 when it is
out of date. Defaults of secrets are never shown, and those that depend on the machine are told in words.
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from generated_files import ROOT, write_or_check
from local_stack.plan import PREFERRED_PORTS
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from control_plane_api.settings import ControlPlaneSettings
from lablet_controller.settings import LabletControllerSettings
from lcm_core.settings import HttpUrlText, ServiceSettings, default_instance_id
from resource_scheduler.settings import SchedulerSettings
from worker_controller.settings import WorkerControllerSettings

SERVICES: tuple[tuple[str, type[ServiceSettings]], ...] = (
    ("control-plane-api", ControlPlaneSettings),
    ("resource-scheduler", SchedulerSettings),
    ("worker-controller", WorkerControllerSettings),
    ("lablet-controller", LabletControllerSettings),
)
MADE_BY: dict[Callable[..., Any], str] = {default_instance_id: "host name and pid"}
TYPE_NAMES: dict[Any, str] = {
    SecretStr: "secret",
    HttpUrlText: "URL",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    list[str]: "list",
}
URL_PATTERN = get_args(HttpUrlText)[1].pattern
BOUNDS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
HEAD = ("| Variable | Type | Default | Meaning |", "| --- | --- | --- | --- |")


def prefix_of(settings: type[ServiceSettings]) -> str:
    return str(settings.model_config.get("env_prefix", ""))


def variables() -> dict[str, type[ServiceSettings]]:
    """Every environment variable that some service reads."""
    return {
        f"{prefix_of(settings)}{name.upper()}": settings for _, settings in SERVICES for name in settings.model_fields
    }


def port_variables() -> dict[str, int]:
    """Those that fix a port of the local stack, with the port that is taken without them."""
    return {f"LCM_PORT_{name.upper().replace('-', '_')}": port for name, port in PREFERRED_PORTS.items()}


def type_text(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(item, name):,}".replace(",", " ")
        for name, sign in BOUNDS
        for item in field.metadata
        if getattr(item, name, None) is not None
    ]
    is_url = any(getattr(item, "pattern", None) == URL_PATTERN for item in field.metadata)
    return ", ".join(["URL" if is_url else _kind(field.annotation), *bounds])


def _kind(annotation: Any) -> str:
    if annotation in TYPE_NAMES:
        return TYPE_NAMES[annotation]
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType):
        return " or ".join(_kind(part) for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is dict:
        return "JSON object"
    raise TypeError(f"{annotation!r} has no name in the documentation: give it one in TYPE_NAMES")


def default_text(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default_factory is not None:
        return MADE_BY[field.default_factory]
    if field.default is None or field.default is PydanticUndefined:
        return "none"
    if isinstance(field.default, SecretStr):
        return "not shown" if field.default.get_secret_value() else "empty"
    return f"`{_value_text(field.default)}`" if field.default != "" else "empty"


def _value_text(value: object) -> str:
    if isinstance(value, str | Path):
        return str(value)
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return json.dumps(value)


def _row(variable: str, field: FieldInfo) -> str:
    cells = (f"`{variable}`", type_text(field), default_text(field), " ".join((field.description or "").split()))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _same(field: FieldInfo, inherited: FieldInfo | None) -> bool:
    if inherited is None:
        return False
    return (type_text(field), default_text(field)) == (type_text(inherited), default_text(inherited))


def _service_section(name: str, settings: type[ServiceSettings]) -> Iterable[str]:
    prefix = prefix_of(settings)
    yield from ("", f"## {name}", "", " ".join((settings.__doc__ or "").split()), "", *HEAD)
    for field_name, field in settings.model_fields.items():
        if not _same(field, ServiceSettings.model_fields.get(field_name)):
            yield _row(f"{prefix}{field_name.upper()}", field)


def settings_page() -> str:
    prefixes = ", ".join(f"`{prefix_of(settings)}`" for _, settings in SERVICES)
    shared = [name for name in ServiceSettings.model_fields if name != "service_name"]
    parts = [
        "# Settings",
        "",
        "Made from the settings classes (`make generated`). Environment variables are all that configures a service. A",
        "wrong or missing value stops it at the start, with the name of the setting. Lists are JSON or separated by",
        "commas. An empty variable counts as unset.",
        "",
        "## Every service",
        "",
        f"These exist once per service, with its prefix in place of `…_`: {prefixes}.",
        "Where a service has another default, its own table says so.",
        "",
        *HEAD,
        *(_row(f"…_{name.upper()}", ServiceSettings.model_fields[name]) for name in shared),
    ]
    for name, settings in SERVICES:
        parts += _service_section(name, settings)
    parts += [
        "",
        "## The local stack",
        "",
        "`make up` and `make demo` take the usual port where it is free and another one where it is not; a variable",
        "fixes it.",
        "",
        "| Variable | Usual port |",
        "| --- | --- |",
        *(f"| `{variable}` | {port} |" for variable, port in port_variables().items()),
    ]
    return "\n".join(parts) + "\n"


def generated() -> dict[Path, str]:
    return {ROOT / "docs/reference/settings.md": settings_page()}


if __name__ == "__main__":
    sys.exit(write_or_check(generated(), sys.argv[1:]))
