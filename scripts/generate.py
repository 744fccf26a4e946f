"""Writes everything that is made from data: OpenAPI document, states, events, settings, metrics, problems, access,
commands.

``python scripts/generate.py`` rewrites the files; with ``--check`` it changes nothing and exits 1 when one is out of
date, and names it. One process for all: what takes long is to import the services.
"""

from __future__ import annotations

import sys
from pathlib import Path

import generate_access
import generate_catalogue
import generate_cli
import generate_metrics
import generate_problems
import generate_settings
import generate_ui_settings
from generated_files import ROOT, write_or_check

from control_plane_api.openapi import openapi_text

GENERATORS = (
    generate_catalogue,
    generate_settings,
    generate_metrics,
    generate_problems,
    generate_access,
    generate_cli,
    generate_ui_settings,
)


def generated() -> dict[Path, str]:
    files = {ROOT / "control-plane-api/openapi.json": openapi_text()}
    for generator in GENERATORS:
        files |= generator.generated()
    return files


if __name__ == "__main__":
    sys.exit(write_or_check(generated(), sys.argv[1:]))
