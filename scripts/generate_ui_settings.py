"""Writes what the web UI knows of the settings of the fleet and of the kinds of notifications.

``python scripts/generate_ui_settings.py`` rewrites the files; with ``--check`` it changes nothing and exits 1 when one
is out of date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from generated_files import ROOT, write_or_check

from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.domain.notifications import GUIDES


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
        ROOT / "control-plane-api/ui/src/api/settings.gen.ts": ui_settings(),
        ROOT / "control-plane-api/ui/src/api/notifications.gen.ts": ui_notifications(),
    }


if __name__ == "__main__":
    sys.exit(write_or_check(generated(), sys.argv[1:]))
