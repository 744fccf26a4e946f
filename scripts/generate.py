"""Writes what is made from data: the state machines and the event catalogue, for the docs and for the UI.

``python scripts/generate.py`` rewrites the files; with ``--check`` it changes nothing and exits 1 when one is out of
date.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any

from generated_files import ROOT, write_or_check

from control_plane_api.domain.events import EVENTS
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.domain import enums, transitions
from lcm_core.domain.notifications import GUIDES
from lcm_core.domain.transitions import Transition

MACHINES: tuple[tuple[str, type[StrEnum], tuple[Transition[Any], ...]], ...] = (
    ("LabletSession", enums.LabletSessionStatus, transitions.LABLET_SESSION_TRANSITIONS),
    ("CMLWorker", enums.CMLWorkerStatus, transitions.CML_WORKER_TRANSITIONS),
    ("LabletDefinition", enums.LabletDefinitionStatus, transitions.LABLET_DEFINITION_TRANSITIONS),
    ("UserSession", enums.UserSessionStatus, transitions.USER_SESSION_TRANSITIONS),
    ("GradingSession", enums.GradingSessionStatus, transitions.GRADING_SESSION_TRANSITIONS),
    ("Reservation", enums.ReservationStatus, transitions.RESERVATION_TRANSITIONS),
    ("Subscription", enums.SubscriptionStatus, transitions.SUBSCRIPTION_TRANSITIONS),
)


def state_machines() -> str:
    parts = [
        "# State machines",
        "",
        "Made from the tables in `lcm_core.domain.transitions` (`make generated`), which aggregates, UI and tests",
        "read too.",
        "Operators may make each move by hand; one that is not listed is refused, with both states named.",
    ]
    for name, states, rows in MACHINES:
        parts += ["", f"## {name}", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(states)).value}"]
        parts += [f"    {row.source.value} --> {row.target.value}" for row in rows]
        terminal = sorted({state.value for state in states} - {row.source.value for row in rows})
        parts += [
            *(f"    {state} --> [*]" for state in terminal),
            "```",
            "",
            "| From | To | Trigger |",
            "| --- | --- | --- |",
        ]
        parts += [f"| {row.source.value} | {row.target.value} | {row.trigger} |" for row in rows]
    return "\n".join(parts) + "\n"


def _properties(schema: dict[str, Any]) -> list[str]:
    return list(schema.get("properties", {}))


def event_catalogue() -> str:
    parts = [
        "# Event catalogue",
        "",
        "Made from the event classes (`make generated`). The name on the wire is also the type of the outbound",
        "CloudEvent and the name of the event in the live stream.",
        "",
        "| Event | Meaning | Data | Emitted by | Read by |",
        "| --- | --- | --- | --- | --- |",
    ]
    for entry in EVENTS.catalogue():
        fields = ", ".join(f"`{name}`" for name in _properties(entry.json_schema))
        doc = " ".join(entry.doc.split())
        parts.append(f"| `{entry.type}` | {doc} | {fields} | {entry.emitted_by} | {', '.join(entry.consumed_by)} |")
    return "\n".join(parts) + "\n"


def ui_catalogue() -> str:
    names = [entry.type for entry in EVENTS.catalogue()]
    states = [state.value for state in enums.LabletSessionStatus]
    targets = transitions.LABLET_SESSION_VALID_TRANSITIONS
    moves = {
        state.value: [each.value for each in enums.LabletSessionStatus if each in targets[state]] for state in targets
    }
    return (
        "// Made from the event classes and state machines (make generated).\n"
        f"export const EVENT_NAMES = {json.dumps(names, indent=2)} as const;\n"
        f"export const SESSION_STATES = {json.dumps(states, indent=2)} as const;\n"
        f"export const SESSION_TRANSITIONS = {json.dumps(moves, indent=2)} as const;\n"
    )


def _schema_at(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """*schema* with references and a null among its choices resolved; what stands beside a reference goes first."""
    nullable = False
    while "$ref" in schema or "anyOf" in schema:
        if "anyOf" in schema:
            parts = [part for part in schema["anyOf"] if part.get("type") != "null"]
            nullable = nullable or len(parts) < len(schema["anyOf"])
            schema = {**parts[0], **{key: value for key, value in schema.items() if key != "anyOf"}}
        else:
            found = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
            schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
    return {**schema, "nullable": nullable}


def _setting_fields(schema: dict[str, Any], root: dict[str, Any], default: Any, path: str) -> list[dict[str, Any]]:
    """The single settings within *schema*, in order."""
    fields: list[dict[str, Any]] = []
    for name, raw in schema["properties"].items():
        field = _schema_at(raw, root)
        here, value = f"{path}.{name}".lstrip("."), default[name]
        if "properties" in field:
            fields += _setting_fields(field, root, value, here)
            continue
        items = _schema_at(field["items"], root) if "items" in field else {}
        known = {
            "path": here,
            "type": "choice" if "enum" in field else field["type"],
            "help": " ".join(str(field.get("description", "")).split()),
            "default": value,
            "nullable": field["nullable"],
            "least": field.get("minimum", field.get("exclusiveMinimum")),
            "most": field.get("maximum", field.get("exclusiveMaximum")),
            "choices": field.get("enum", items.get("enum")),
        }
        fields.append({key: each for key, each in known.items() if each is not None or key == "default"})
    return fields


def ui_settings() -> str:
    schema = FleetPolicy.model_json_schema()
    fields = _setting_fields(schema, schema, FleetPolicy().model_dump(mode="json"), "")
    return (
        "// Made from the fleet policy (make generated).\n"
        "import type { SettingField } from '../components/settings/settingField';\n\n"
        f"export const FLEET_SETTINGS: readonly SettingField[] = {json.dumps(fields, indent=2)};\n"
    )


def ui_notifications() -> str:
    """Apart from the settings, which weigh more than a list of notifications may."""
    kinds = {kind.value: guide.title for kind, guide in GUIDES.items()}
    return (
        "// Made from the kinds of notifications (make generated).\n"
        f"export const NOTIFICATION_TITLES = {json.dumps(kinds, indent=2)} as const;\n"
    )


def generated() -> dict[Path, str]:
    return {
        ROOT / "docs/architecture/state-machines.md": state_machines(),
        ROOT / "docs/architecture/event-catalogue.md": event_catalogue(),
        ROOT / "control-plane-api/ui/src/api/catalogue.gen.ts": ui_catalogue(),
        ROOT / "control-plane-api/ui/src/api/settings.gen.ts": ui_settings(),
        ROOT / "control-plane-api/ui/src/api/notifications.gen.ts": ui_notifications(),
    }


if __name__ == "__main__":
    sys.exit(write_or_check(generated(), sys.argv[1:]))
