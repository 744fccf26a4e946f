"""The shape of a topology file, as tolerant as files in the wild demand."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Identifier = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Coordinate = Annotated[int | float, Field(ge=-15000, le=15000)]
Tag = Annotated[str, Field(max_length=64)]


class _FileModel(BaseModel):
    model_config = ConfigDict(extra="ignore")


class FileLab(_FileModel):
    version: Identifier
    title: str | None = Field(default=None, max_length=64)
    description: str | None = Field(default=None, max_length=4096)
    notes: str | None = Field(default=None, max_length=32768)


class FileConfiguration(_FileModel):
    name: str
    content: str = ""


class FileInterface(_FileModel):
    id: Identifier
    type: str = Field(pattern="^(physical|loopback)$")
    label: Identifier | None = None
    slot: int | None = Field(default=None, ge=0, le=128)
    mac_address: str | None = None


class FileNode(_FileModel):
    id: Identifier
    label: Annotated[Identifier, Field(min_length=1, max_length=128)]
    node_definition: str = Field(min_length=1, max_length=250)
    x: Coordinate
    y: Coordinate
    image_definition: str | None = None
    ram: int | None = Field(default=None, ge=0)
    cpus: int | None = Field(default=None, ge=0, le=128)
    cpu_limit: int | None = Field(default=None, ge=0, le=100)
    data_volume: int | None = Field(default=None, ge=0)
    boot_disk_size: int | None = Field(default=None, ge=0)
    hide_links: bool | None = None
    tags: list[Tag] | None = None
    parameters: dict[str, Any] | None = None
    configuration: str | FileConfiguration | list[FileConfiguration] | None = None
    interfaces: list[FileInterface] = []


class FileLink(_FileModel):
    id: Identifier
    i1: Identifier
    i2: Identifier
    n1: Identifier
    n2: Identifier
    label: str | None = None
    conditioning: dict[str, Any] | None = None


class TopologyFile(_FileModel):
    lab: FileLab
    nodes: list[FileNode]
    links: list[FileLink]
    annotations: list[dict[str, Any]] = []
    smart_annotations: list[dict[str, Any]] = []
