"""Writes docs/reference/access.md, who may call which route, from the routes of the four services themselves; and for
the web UI, which offers nobody what they may not do, the roles of each public route of the control plane.

``python scripts/generate_access.py`` rewrites the files; with ``--check`` it changes nothing and exits 1 when one is
out of date. Nothing is contacted: an application that is not started connects to nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from generated_files import ROOT, write_or_check
from pydantic import SecretStr

from control_plane_api.main import build_app as control_plane
from control_plane_api.settings import ControlPlaneSettings
from lablet_controller.main import build_app as lablet_controller
from lablet_controller.settings import LabletControllerSettings
from lcm_core.auth.principal import INCLUDED_ROLES, Role
from lcm_core.auth.rate_limits import ANONYMOUS, DEFAULT_LIMITS, LOGIN
from lcm_core.auth.route_guard import RouteAccess, routes_of
from resource_scheduler.main import build_app as resource_scheduler
from resource_scheduler.settings import SchedulerSettings
from worker_controller.main import build_app as worker_controller
from worker_controller.settings import WorkerControllerSettings

ISSUER = "http://issuer.invalid"
ROLES: tuple[tuple[Role, str], ...] = (
    (Role.ADMIN, "Everything a person may do: settings, definitions, corrections."),
    (Role.OPERATOR, "Runs the fleet: workers, sessions, recovery."),
    (Role.INSTRUCTOR, "Looks at everything, books, and changes what it booked."),
    (Role.LMS, "A learning management system: books, and meets its own bookings and sessions only."),
    (Role.VIEWER, "Looks, changes nothing."),
    (Role.SERVICE, "Another service of LCM, never a person."),
    (Role.EVENT_SOURCE, "LDS or a grading engine: sends CloudEvents."),
)
HEAD = f"| Route | {' | '.join(role.value for role, _ in ROLES)} |"
RULE = "| --- " * (len(ROLES) + 1) + "|"
EXPLANATION = """\
# Who may call what

Made from the routes (`make generated`); a test walks each of them with every role and without a token. ✓ may call
it, *own* meets nothing but what belongs to the caller: anything else is answered 404, as if it did not exist. What is
empty is answered 403, and 401 without a token that holds. A path with a token in it is open to who has that token:
a receiver of events agrees there. A caller with several roles may do what any of them may.

| Role | | Comes with | Requests a minute |
| --- | --- | --- | --- |"""


def services() -> tuple[tuple[str, FastAPI], ...]:
    return (
        ("control-plane-api", control_plane(ControlPlaneSettings(oidc_issuer=ISSUER))),
        ("resource-scheduler", resource_scheduler(SchedulerSettings(oidc_issuer=ISSUER))),
        ("worker-controller", worker_controller(WorkerControllerSettings(oidc_issuer=ISSUER))),
        ("lablet-controller", lablet_controller(_lablet_settings())),
    )


def _lablet_settings() -> LabletControllerSettings:
    deployments = ROOT / "lablet-controller/config/lds_deployments.yaml"
    return LabletControllerSettings(
        oidc_issuer=ISSUER, cml_password=SecretStr("unused"), lds_deployments_config_path=deployments
    )


def _mark(route: RouteAccess, role: Role) -> str:
    if not route.admits(role):
        return ""
    return "own" if route.shows_own_only_to(role) else "✓"


def _roles() -> Iterator[str]:
    for role, meaning in ROLES:
        included = ", ".join(sorted(each.value for each in INCLUDED_ROLES.get(role, frozenset())))
        yield f"| {role.value} | {meaning} | {included} | {DEFAULT_LIMITS[role.value] or 'no limit'} |"
    yield f"| *{ANONYMOUS}* | Without a token that holds, by address | | {DEFAULT_LIMITS[ANONYMOUS]} |"
    yield f"| *{LOGIN}* | Logins of browsers, by address | | {DEFAULT_LIMITS[LOGIN]} |"


def _section(name: str, app: FastAPI) -> Iterator[str]:
    routes = sorted(routes_of(app), key=lambda route: (route.path, route.methods))
    guarded = [route for route in routes if route.requirement is not None]
    yield from ("", f"## {name}", "", HEAD, RULE)
    for route in guarded:
        marks = " | ".join(_mark(route, role) for role, _ in ROLES)
        yield f"| `{','.join(route.methods)} {route.path}` | {marks} |"
    once = {route.path: route for route in routes if route.requirement is None}.values()
    paths = {route.path for route in guarded}
    opened = ", ".join(
        f"`{','.join(route.methods)} {route.path}`" if route.path in paths else f"`{route.path}`" for route in once
    )
    yield from ("", f"Open to everybody: {opened}.")


def access_page() -> str:
    parts = [EXPLANATION, *_roles()]
    for name, app in services():
        parts += _section(name, app)
    return "\n".join(parts) + "\n"


PEOPLE = (Role.ADMIN, Role.OPERATOR, Role.INSTRUCTOR, Role.LMS, Role.VIEWER)


def ui_access() -> str:
    """Roles by ``"METHOD path"`` of the control plane's public API, as TypeScript; what is open to all is left out."""
    lines = ["// Made from the routes (make generated).", "export const ACCESS = {"]
    app = control_plane(ControlPlaneSettings(oidc_issuer=ISSUER))
    for route in sorted(routes_of(app), key=lambda route: (route.path, route.methods)):
        if route.requirement is None or not route.path.startswith("/api/v1/"):
            continue
        roles = ", ".join(f'"{role.value}"' for role in PEOPLE if route.admits(role))
        lines += [f'  "{method} {route.path}": [{roles}],' for method in route.methods]
    return "\n".join([*lines, "} as const satisfies Record<string, readonly string[]>;"]) + "\n"


def ui_roles() -> str:
    """What each role is for, and what each route does, as TypeScript; apart from ACCESS, which every page loads."""
    document = control_plane(ControlPlaneSettings(oidc_issuer=ISSUER)).openapi()
    summaries = {
        f"{method.upper()} {path}": operation["summary"]
        for path, operations in sorted(document["paths"].items())
        for method, operation in operations.items()
        if path.startswith("/api/v1/")
    }
    meanings = {role.value: meaning for role, meaning in ROLES if role in PEOPLE}
    included = {role.value: sorted(each.value for each in INCLUDED_ROLES.get(role, ())) for role in PEOPLE}
    return (
        "// Made from the routes (make generated).\n"
        f"export const ROLES: Record<string, string> = {json.dumps(meanings, indent=2)};\n"
        f"export const INCLUDED_ROLES: Record<string, readonly string[]> = {json.dumps(included, indent=2)};\n"
        f"export const SUMMARIES: Record<string, string> = {json.dumps(summaries, indent=2)};\n"
    )


def generated() -> dict[Path, str]:
    return {
        ROOT / "docs/reference/access.md": access_page(),
        ROOT / "control-plane-api/ui/src/api/access.gen.ts": ui_access(),
        ROOT / "control-plane-api/ui/src/api/roles.gen.ts": ui_roles(),
    }


if __name__ == "__main__":
    sys.exit(write_or_check(generated(), sys.argv[1:]))
