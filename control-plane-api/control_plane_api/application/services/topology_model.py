"""The parts of a CML topology that LCM reads, in every schema version that CML 2.9 imports.

Old exports write 0 or null for «as the node definition says», leave lists out, and number ids without quotes.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _zero_is_default(value: Any) -> Any:
    return None if value == 0 else value


def _none_is_empty(value: Any) -> Any:
    return [] if value is None else value


_Amount = Annotated[float, Field(gt=0, le=1_000_000)]
_Percent = Annotated[float, Field(gt=0, le=100)]
Size = Annotated[_Amount | None, BeforeValidator(_zero_is_default)]
Label = Annotated[str, Field(min_length=1, max_length=128)]
Tag = Annotated[str, Field(max_length=64)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class TopologyInterface(_Part):
    id: str


class TopologyNode(_Part):
    id: str
    label: Label
    node_definition: Label
    cpus: Size = None
    cpu_limit: Annotated[_Percent | None, BeforeValidator(_zero_is_default)] = None
    ram: Size = None
    boot_disk_size: Size = None
    data_volume: Size = None
    tags: Annotated[tuple[Tag, ...], BeforeValidator(_none_is_empty)] = ()
    interfaces: Annotated[tuple[TopologyInterface, ...], BeforeValidator(_none_is_empty)] = ()


class TopologyLink(_Part):
    id: str
    n1: str
    i1: str
    n2: str
    i2: str


class TopologyLab(_Part):
    title: Annotated[str | None, Field(max_length=64)] = None
    version: str


class Topology(_Part):
    lab: TopologyLab
    nodes: Annotated[tuple[TopologyNode, ...], BeforeValidator(_none_is_empty)]
    links: Annotated[tuple[TopologyLink, ...], BeforeValidator(_none_is_empty)] = ()
