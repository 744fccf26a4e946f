"""Node and image definitions."""

from typing import Any

from lcm_simulators.cml.api.schemas.basics import StrictBody


class NodeDefinitionResponse(StrictBody):
    """Blocks as in the definition files; their content is free-form here."""

    id: str
    general: dict[str, Any]
    device: dict[str, Any]
    sim: dict[str, Any]
    boot: dict[str, Any]
    pyats: dict[str, Any]
    configuration: dict[str, Any]
    ui: dict[str, Any]
    inherited: dict[str, Any]
    schema_version: str


class ImageDefinitionResponse(StrictBody):
    id: str
    node_definition_id: str
    label: str
    description: str
    disk_image: str
    read_only: bool
    ram: int | None
    cpus: int | None
    cpu_limit: int | None
    data_volume: int | None
    boot_disk_size: int | None
    schema_version: str


class SimplifiedNodeDefinition(StrictBody):
    id: str
    image_definitions: list[str]
    general: dict[str, Any]
    device: dict[str, Any]
    sim: dict[str, Any]
    ui: dict[str, Any]
