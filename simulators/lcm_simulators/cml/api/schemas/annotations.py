"""Drawings on the canvas of a lab."""

from typing import Annotated, Literal

from pydantic import Field

from lcm_simulators.cml.api.schemas.basics import Coordinate, StrictBody, Uuid

Colour = Annotated[str, Field(max_length=32)]
Border = Literal["", "2,2", "4,2"]
LineEnd = Literal["arrow", "square", "circle"] | None
Thickness = Annotated[int, Field(ge=1, le=32)]
ZIndex = Annotated[int, Field(ge=-10240, le=10240)]


class _Shape(StrictBody):
    border_color: Colour
    border_style: Border
    color: Colour
    thickness: Thickness
    x1: Coordinate
    y1: Coordinate
    z_index: ZIndex


class TextCreate(_Shape):
    type: Literal["text"]
    rotation: int
    text_bold: bool
    text_content: Annotated[str, Field(max_length=8192)]
    text_font: str
    text_italic: bool
    text_size: float
    text_unit: Literal["pt", "px", "em"]


class RectangleCreate(_Shape):
    type: Literal["rectangle"]
    x2: Coordinate
    y2: Coordinate
    rotation: int
    border_radius: Annotated[int, Field(ge=0, le=128)]


class EllipseCreate(_Shape):
    type: Literal["ellipse"]
    x2: Coordinate
    y2: Coordinate
    rotation: int


class LineCreate(_Shape):
    type: Literal["line"]
    x2: Coordinate
    y2: Coordinate
    line_start: LineEnd
    line_end: LineEnd


AnnotationCreate = Annotated[TextCreate | RectangleCreate | EllipseCreate | LineCreate, Field(discriminator="type")]


class AnnotationUpdate(StrictBody):
    """Must repeat ``type``."""

    type: Literal["text", "rectangle", "ellipse", "line"]
    border_color: Colour | None = None
    border_style: Border | None = None
    color: Colour | None = None
    thickness: Thickness | None = None
    x1: Coordinate | None = None
    y1: Coordinate | None = None
    x2: Coordinate | None = None
    y2: Coordinate | None = None
    z_index: ZIndex | None = None
    rotation: int | None = None
    border_radius: int | None = None
    line_start: LineEnd = None
    line_end: LineEnd = None
    text_bold: bool | None = None
    text_content: str | None = None
    text_font: str | None = None
    text_italic: bool | None = None
    text_size: float | None = None
    text_unit: Literal["pt", "px", "em"] | None = None


class AnnotationResponse(AnnotationUpdate):
    id: Uuid


class SmartAnnotationUpdate(StrictBody):
    is_on: bool | None = None
    padding: Annotated[int, Field(ge=1, le=200)] | None = None
    label: Annotated[str, Field(max_length=256)] | None = None
    tag_offset_x: Coordinate | None = None
    tag_offset_y: Coordinate | None = None
    tag_size: Annotated[int, Field(ge=1, le=128)] | None = None
    group_distance: Annotated[int, Field(ge=0, le=10000)] | None = None
    thickness: Thickness | None = None
    border_style: Border | None = None
    fill_color: Colour | None = None
    border_color: Colour | None = None
    z_index: ZIndex | None = None


class SmartAnnotationResponse(SmartAnnotationUpdate):
    id: Uuid
    tag: str
