"""Where the parts of a topology stand, as a picture of it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from control_plane_api.application.services.topology_drawing import MOST_SHAPES, draw_topology
from control_plane_api.testing.command_world import TWO_ROUTERS
from lcm_core.contracts.topology_drawing import DrawnShape, ShapeKind, TopologyDrawing

SEEDS = sorted((Path(__file__).resolve().parents[3] / "local-stack").glob("**/seed/*/cml.yaml"))
TEXT = "{type: text, x1: -10.5, y1: 20, text_content: Core, text_size: 14, color: '#FF0000', z_index: 2}"


def with_annotations(*annotations: str) -> TopologyDrawing:
    return draw_topology(TWO_ROUTERS + "annotations:\n" + "".join(f"  - {each}\n" for each in annotations))


def shape(annotation: str) -> DrawnShape:
    return with_annotations(annotation).shapes[0]


def test_nodes_stand_where_the_topology_puts_them() -> None:
    placed = draw_topology(TWO_ROUTERS.replace("id: n0,", "id: n0, x: -40, y: 80.5,"))

    assert [(node.label, node.node_definition, node.x, node.y) for node in placed.nodes] == [
        ("r1", "iosv", -40, 80.5),
        ("r2", "iosv", None, None),
    ]


def test_a_node_with_half_a_place_has_none() -> None:
    assert draw_topology(TWO_ROUTERS.replace("id: n0,", "id: n0, x: 40,")).nodes[0].x is None


def test_a_place_beyond_every_canvas_is_none() -> None:
    assert draw_topology(TWO_ROUTERS.replace("id: n0,", "id: n0, x: 1e300, y: 0,")).nodes[0].x is None


def test_links_tell_nodes_and_the_names_of_interfaces() -> None:
    named = TWO_ROUTERS.replace("{id: i0, type: physical}", "{id: i0, label: Gi0/1, type: physical}", 1)

    (link,) = draw_topology(named).links
    assert (link.from_node, link.from_interface, link.to_node, link.to_interface) == ("n0", "Gi0/1", "n1", "i0")


def test_a_text_keeps_its_place_size_and_colour() -> None:
    drawn = shape(TEXT)

    assert (drawn.kind, drawn.x1, drawn.y1, drawn.text) == (ShapeKind.TEXT, -10.5, 20, "Core")
    assert (drawn.text_points, drawn.fill) == (14, "#FF0000")


@pytest.mark.parametrize(("unit", "points"), [("pt", 16), ("px", 12), ("em", 192)])
def test_sizes_of_texts_are_told_in_points(unit: str, points: float) -> None:
    assert shape(TEXT.replace("text_size: 14", f"text_size: 16, text_unit: {unit}")).text_points == points


def test_a_line_may_end_in_an_arrow() -> None:
    drawn = shape("{type: line, x1: 0, y1: 0, x2: 9, y2: 9, line_start: null, line_end: arrow, border_style: '4,2'}")

    assert (drawn.from_arrow, drawn.to_arrow, drawn.dashes) == (False, True, "4,2")


def test_what_is_above_is_painted_last() -> None:
    drawn = with_annotations(TEXT, "{type: rectangle, x1: 0, y1: 0, x2: 5, y2: 5, z_index: -3}")

    assert [each.kind for each in drawn.shapes] == [ShapeKind.RECTANGLE, ShapeKind.TEXT]


def test_only_colours_by_number_are_passed_on() -> None:
    drawn = shape("{type: ellipse, x1: 0, y1: 0, x2: 5, y2: 5, color: 'url(//else.where)', border_color: '#0f08'}")

    assert (drawn.fill, drawn.border) == ("", "#0f08")


@pytest.mark.parametrize(
    "strange",
    [
        "{type: hologram, x1: 0, y1: 0}",
        "{type: text, text_content: nowhere}",
        "{type: line, x1: 0, y1: 0, thickness: -1}",
    ],
)
def test_what_cannot_be_drawn_is_counted_and_the_rest_is_drawn(strange: str) -> None:
    drawn = with_annotations(strange, TEXT)

    assert ([each.text for each in drawn.shapes], drawn.left_out) == (["Core"], 1)


def test_no_more_is_drawn_than_a_browser_can_show() -> None:
    drawn = with_annotations(*[TEXT] * (MOST_SHAPES + 2))

    assert (len(drawn.shapes), drawn.left_out) == (MOST_SHAPES, 2)


def smart(more: str = "") -> str:
    return TWO_ROUTERS.replace('"serial:5001"', '"serial:5001", core') + (
        f"smart_annotations:\n  - {{tag: core, label: Core, padding: 50, fill_color: '#00FF0080'{more}}}\n"
    )


def test_a_smart_annotation_is_around_the_nodes_that_carry_its_tag() -> None:
    (group,) = draw_topology(smart()).groups

    assert (group.label, group.node_ids, group.padding, group.fill) == ("Core", ("n0",), 50, "#00FF0080")


def test_a_smart_annotation_that_is_off_or_of_no_node_is_not_drawn() -> None:
    assert draw_topology(smart(", is_on: false")).groups == ()
    assert draw_topology(smart().replace("tag: core,", "tag: edge,")).groups == ()


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.parent.name)
def test_all_of_a_seeded_lab_is_drawn(seed: Path) -> None:
    drawn = draw_topology(seed.read_text())

    assert drawn.left_out == 0
    assert {link.from_node for link in drawn.links} <= {node.id for node in drawn.nodes}


def test_what_cml_draws_around_a_node_for_its_port_is_left_out() -> None:
    drawn = draw_topology(smart().replace("tag: core, label: Core", "tag: 'serial:5001'"))

    assert (drawn.nodes[0].tags, drawn.groups) == (("serial:5001", "core"), ())
