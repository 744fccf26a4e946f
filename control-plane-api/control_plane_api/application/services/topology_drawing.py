"""Where the nodes, links and annotations of a topology stand. What only decorates is never a reason to refuse it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from control_plane_api.application.services.bounded_yaml import load_bounded_yaml
from lcm_core.contracts.topology_drawing import (
    DrawnGroup,
    DrawnLink,
    DrawnNode,
    DrawnShape,
    ShapeKind,
    TopologyDrawing,
)
from lcm_core.domain import port_tags

_Raw = Mapping[str, Any]
T = TypeVar("T", DrawnShape, DrawnGroup)

MOST_SHAPES = 1_000
LONGEST_TEXT = 2_000
_FARTHEST = 1_000_000.0
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}")
_DASHES = re.compile(r"[0-9]{1,3}(,[0-9]{1,3}){0,5}")
_ARROW = "arrow"


def draw_topology(topology_yaml: str) -> TopologyDrawing:
    """Of a topology that was accepted before. CPU-bound: call it off the event loop."""
    topology = load_bounded_yaml(topology_yaml).value
    raw_nodes = _entries(topology, "nodes")
    nodes = tuple(_node(raw) for raw in raw_nodes)
    shapes, strange_shapes = _drawn(_shape, _entries(topology, "annotations"))
    # CML makes an annotation of every tag; one for a port says nothing about how a lab is laid out.
    shown = [raw for raw in _entries(topology, "smart_annotations") if raw.get("is_on", True)]
    groups, strange_groups = _drawn(lambda raw: _group(raw, nodes), shown)
    return TopologyDrawing(
        nodes=nodes,
        links=tuple(_links(_entries(topology, "links"), raw_nodes)),
        shapes=shapes,
        groups=tuple(group for group in groups if group.node_ids and port_tags.parse(group.tag) is None),
        left_out=strange_shapes + strange_groups,
    )


def _entries(topology: _Raw, name: str) -> list[_Raw]:
    found = topology.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _node(raw: _Raw) -> DrawnNode:
    x, y = _place(raw.get("x")), _place(raw.get("y"))
    known = x is not None and y is not None
    return DrawnNode(
        id=str(raw["id"]),
        label=str(raw["label"]),
        node_definition=str(raw["node_definition"]),
        x=x if known else None,
        y=y if known else None,
        tags=tuple(str(tag) for tag in raw.get("tags") or ()),
    )


def _links(links: Sequence[_Raw], nodes: Sequence[_Raw]) -> Iterator[DrawnLink]:
    names = {
        (str(node["id"]), str(interface["id"])): str(interface.get("label") or interface["id"])
        for node in nodes
        for interface in node.get("interfaces") or ()
    }
    for link in links:
        one, other = str(link["n1"]), str(link["n2"])
        yield DrawnLink(
            id=str(link["id"]),
            from_node=one,
            from_interface=names[one, str(link["i1"])],
            to_node=other,
            to_interface=names[other, str(link["i2"])],
        )


def _drawn(draw: Callable[[_Raw], T], found: Sequence[_Raw]) -> tuple[tuple[T, ...], int]:
    """What can be drawn, lowest first, and how many cannot."""
    drawn: list[T] = []
    for raw in sorted(found, key=lambda raw: _place(raw.get("z_index")) or 0.0)[:MOST_SHAPES]:
        try:
            drawn.append(draw(raw))
        except ValidationError:
            continue
    return tuple(drawn), len(found) - len(drawn)


def _shape(raw: _Raw) -> DrawnShape:
    """Raises ValidationError for what is no shape, or stands nowhere."""
    is_text = raw.get("type") == ShapeKind.TEXT
    given = {
        "kind": raw.get("type"),
        "x1": _place(raw.get("x1")),
        "y1": _place(raw.get("y1")),
        "x2": _place(raw.get("x2")) or 0.0,
        "y2": _place(raw.get("y2")) or 0.0,
        "rotation": _place(raw.get("rotation")) or 0.0,
        "text": str(raw.get("text_content") or "")[:LONGEST_TEXT] if is_text else "",
        "text_points": _points(raw),
        "bold": raw.get("text_bold") is True,
        "italic": raw.get("text_italic") is True,
        "corner_radius": _place(raw.get("border_radius")) or 0.0,
        "from_arrow": raw.get("line_start") == _ARROW,
        "to_arrow": raw.get("line_end") == _ARROW,
        "thickness": _thickness(raw),
        **_colours(raw, fill="color"),
    }
    return DrawnShape.model_validate(given)


def _group(raw: _Raw, nodes: Sequence[DrawnNode]) -> DrawnGroup:
    """Raises ValidationError for what cannot be an outline."""
    tag = str(raw.get("tag") or "")
    padding = _place(raw.get("padding"))
    given = {
        "tag": tag,
        "label": str(raw.get("label") or tag)[:LONGEST_TEXT],
        "node_ids": tuple(node.id for node in nodes if tag in node.tags),
        **({} if padding is None else {"padding": padding}),
        **_colours(raw, fill="fill_color"),
    }
    return DrawnGroup.model_validate(given)


def _colours(raw: _Raw, fill: str) -> dict[str, Any]:
    return {
        "fill": _matching(_COLOUR, raw.get(fill)),
        "border": _matching(_COLOUR, raw.get("border_color")),
        "dashes": _matching(_DASHES, raw.get("border_style")),
    }


def _matching(pattern: re.Pattern[str], value: object) -> str:
    """Empty for anything else, such as a colour by name."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _thickness(raw: _Raw) -> float:
    given = _place(raw.get("thickness"))
    return 1.0 if given is None else given


def _points(raw: _Raw) -> float:
    """The size of a text in points; CML also writes it in pixels and in em."""
    size = _place(raw.get("text_size"))
    if size is None:
        return 12.0
    return size * {"px": 0.75, "em": 12.0}.get(str(raw.get("text_unit")), 1.0)


def _place(value: object) -> float | None:
    """A finite number within the largest canvas that anybody has; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= _FARTHEST else None
