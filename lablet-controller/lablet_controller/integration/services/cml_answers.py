"""CML's answers, read into our types: unknown keys and states are tolerated, missing ones are not."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from lablet_controller.application.ports.cml_labs import (
    ConfigurationFile,
    HostLab,
    LabNode,
    SerialConsole,
)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ImportAnswer(_Answer):
    id: str
    warnings: tuple[str, ...] | None = None


class _LabTile(_Answer):
    lab_title: str | None = None
    owner_username: str | None = None


class LabTiles(_Answer):
    lab_tiles: dict[str, _LabTile] = Field(default_factory=dict[str, _LabTile])

    def labs(self) -> tuple[HostLab, ...]:
        tiles = self.lab_tiles.items()
        return tuple(HostLab(lab_id, tile.lab_title or "", tile.owner_username or "") for lab_id, tile in tiles)


class _SerialConsole(_Answer):
    console_key: str
    device_number: int = 0


class _Operational(_Answer):
    serial_consoles: tuple[_SerialConsole, ...] | None = None
    cpus: int | None = None
    ram: int | None = None
    boot_disk_size: int | None = None
    data_volume: int | None = None


class _Node(_Answer):
    id: str
    label: str
    node_definition: str
    state: str = ""
    boot_progress: str | None = None
    operational: _Operational | None = None
    serial_consoles: tuple[_SerialConsole, ...] | None = None
    tags: tuple[str, ...] = ()

    def lab_node(self) -> LabNode:
        given = self.operational or _Operational()
        consoles = given.serial_consoles or self.serial_consoles or ()
        return LabNode(
            node_id=self.id,
            label=self.label,
            node_definition=self.node_definition,
            state=self.state,
            consoles=tuple(SerialConsole(line=each.device_number, key=each.console_key) for each in consoles),
            tags=self.tags,
            cpus=given.cpus or 0,
            ram_mb=given.ram or 0,
            boot_progress=self.boot_progress or "",
            disk_gb=(given.boot_disk_size or 0) + (given.data_volume or 0),
        )


class _File(_Answer):
    name: str
    content: str = ""


class _Configured(_Answer):
    configuration: tuple[_File, ...] | str | None = None


class _NodeStats(_Answer):
    cpu_usage: float | None = None


class _SimulationStats(_Answer):
    nodes: dict[str, _NodeStats] = Field(default_factory=dict[str, _NodeStats])


_NODES: TypeAdapter[list[_Node]] = TypeAdapter(list[_Node])


def read_nodes(answer: Any) -> tuple[LabNode, ...]:
    return tuple(node.lab_node() for node in _NODES.validate_python(answer))


def read_cpu_usage(answer: Any) -> dict[str, float]:
    nodes = _SimulationStats.model_validate(answer).nodes
    return {id: max(0.0, node.cpu_usage) for id, node in nodes.items() if node.cpu_usage is not None}


def read_configuration(answer: Any) -> tuple[ConfigurationFile, ...]:
    """Older releases know one file without a name; it is addressed as Main."""
    found = _Configured.model_validate(answer).configuration
    if isinstance(found, str):
        return (ConfigurationFile("Main", found),)
    return tuple(ConfigurationFile(file.name, file.content) for file in found or ())
