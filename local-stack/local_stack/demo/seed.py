"""Loads the seed catalogue (worker templates, definitions) through the public API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from local_stack.demo.api import PublicApi

SEED_FOLDER = Path(__file__).resolve().parents[1] / "seed"


async def load_seed(api: PublicApi) -> dict[str, dict[str, Any]]:
    """Create what is not there yet; returns the definitions by folder name."""
    catalogue = load_catalogue()
    present = {row["name"] for row in _rows(await api.get("/api/v1/worker-templates"))}
    for template in catalogue["worker_templates"]:
        if template["name"] not in present:
            await api.post("/api/v1/worker-templates", template)
    known = {row["name"]: row for row in _rows(await api.get("/api/v1/lablet-definitions"))}
    definitions: dict[str, dict[str, Any]] = {}
    for entry in catalogue["definitions"]:
        folder = entry["folder"]
        definitions[folder] = known.get(entry["name"]) or await api.post(
            "/api/v1/lablet-definitions", definition_body(entry)
        )
    return definitions


def load_catalogue() -> dict[str, list[dict[str, Any]]]:
    """Worker templates and definitions as they stand in the file."""
    return YAML(typ="safe").load((SEED_FOLDER / "catalogue.yaml").read_text())


def definition_body(entry: dict[str, Any]) -> dict[str, Any]:
    """The request that creates one definition of the catalogue, with its files inline."""
    folder = SEED_FOLDER / entry["folder"]
    return {
        **{key: value for key, value in entry.items() if key != "folder"},
        "topology_yaml": (folder / "cml.yaml").read_text(),
        "content_xml": (folder / "content.xml").read_text(),
        "grading_yaml": (folder / "grade.yaml").read_text(),
    }


def _rows(answer: Any) -> list[dict[str, Any]]:
    return answer["items"] if isinstance(answer, dict) else answer
