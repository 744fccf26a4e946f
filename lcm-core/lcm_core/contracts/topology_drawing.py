"""Where the parts of a topology stand, for whoever draws it. Lengths are CML's canvas units, y grows downwards."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from lcm_core.contracts.base import Contract

Colour = Annotated[
    str, Field(pattern=r"^(#[0-9A-Fa-f]{3,8})?$", description="#RGB, #RRGGBB or #RRGGBBAA; empty: none.")
]


class DrawnNode(Contract):
    """``x`` and ``y`` are of its middle; null when the topology does not say where it stands."""

    id: str
    label: str
    node_definition: str
    x: float | None = None
    y: float | None = None
    tags: tuple[str, ...] = ()


class DrawnLink(Contract):
    """Between two nodes by their ids; ``from_interface`` and ``to_interface`` are names such as GigabitEthernet0/1."""

    id: str
    from_node: str
    from_interface: str
    to_node: str
    to_interface: str


class ShapeKind(StrEnum):
    TEXT = "text"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    LINE = "line"


class DrawnShape(Contract):
    """An annotation. What ``x2`` and ``y2`` mean depends on its kind.

    | kind | x1, y1 | x2, y2 |
    | --- | --- | --- |
    | text | upper left corner | unused |
    | rectangle | upper left corner | width and height |
    | ellipse | middle | radii |
    | line | one end | the other end |
    """

    kind: ShapeKind
    x1: float
    y1: float
    x2: float = 0.0
    y2: float = 0.0
    rotation: float = Field(default=0.0, description="Degrees, clockwise.")
    fill: Colour = Field(default="", description="Of a text: the colour of its letters.")
    border: Colour = ""
    dashes: str = Field(default="", pattern=r"^[0-9]{0,3}(,[0-9]{1,3}){0,5}$")
    thickness: float = Field(default=1.0, ge=0, le=100)
    corner_radius: float = Field(default=0.0, ge=0, le=1000)
    text: str = ""
    text_points: float = Field(default=12.0, ge=1, le=500)
    bold: bool = False
    italic: bool = False
    from_arrow: bool = False
    to_arrow: bool = False


class DrawnGroup(Contract):
    """A smart annotation: an outline around all nodes that carry its tag."""

    tag: str
    label: str
    node_ids: tuple[str, ...]
    fill: Colour = ""
    border: Colour = ""
    dashes: str = Field(default="", pattern=r"^[0-9]{0,3}(,[0-9]{1,3}){0,5}$")
    padding: float = Field(default=35.0, ge=0, le=1000)


class TopologyDrawing(Contract):
    """``shapes`` and ``groups`` are in the order in which they are painted, all of them below the nodes.

    ``left_out`` annotations are of a kind that is not known, or more than are drawn.
    """

    nodes: tuple[DrawnNode, ...]
    links: tuple[DrawnLink, ...]
    shapes: tuple[DrawnShape, ...] = ()
    groups: tuple[DrawnGroup, ...] = ()
    left_out: int = 0
