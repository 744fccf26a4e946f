"""content.xml and grade.yaml next to their topology."""

from __future__ import annotations

import pytest

from control_plane_api.application.services.content_analysis import analyse_content, definition_of
from control_plane_api.application.services.definition_making import terms_of
from control_plane_api.application.services.grading_check import check_grading_rules
from control_plane_api.application.services.visible_devices import parse_visible_devices
from control_plane_api.testing.command_world import TWO_ROUTERS
from lcm_core.contracts.definitions import ContentPackage, CreateLabletDefinition
from lcm_core.domain.content import content_hash
from lcm_core.domain.errors import InvalidInput

RULES = """
cut_score: 1
sections:
  - name: routing
    items:
      - {name: hello, device: r1, command: show running-config, pattern: hello, points: 1}
"""


def _told(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in refused.value.errors]


@pytest.mark.parametrize(
    "xml",
    [
        '<c><device><device device_label="a" user_access_mode="web"/><device device_label="b"/></device></c>',
        '<c><devices><device device_label="a" user_access_mode="web"/><device device_label="b"/></devices></c>',
    ],
    ids=["nested", "flat"],
)
def test_devices_are_found_nested_and_flat(xml: str) -> None:
    devices = parse_visible_devices(xml, {"a", "b", "hidden"})

    assert [(device.device_label, device.access_mode) for device in devices] == [("a", "web"), ("b", "")]


def test_no_content_shows_no_device() -> None:
    assert parse_visible_devices("  ", {"a"}) == ()


def test_a_device_that_is_no_node_and_one_told_twice_are_refused() -> None:
    xml = '<c><device device_label="a"/><device device_label="a"/>\n<device device_label="z"/></c>'

    with pytest.raises(InvalidInput) as refused:
        parse_visible_devices(xml, {"a"})

    assert _told(refused) == [
        ("/device/1", "line 1: device 'a' is there twice"),
        ("/device/2", "line 2: the topology has no node 'z'"),
    ]


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ("<c><device></c>", "line 1, column 13: not well-formed XML"),
        ('<!DOCTYPE c [<!ENTITY a "b">]><c>&a;</c>', "document types and entities are not accepted"),
        ('<!DOCTYPE c SYSTEM "file:///etc/passwd"><c/>', "document types and entities are not accepted"),
    ],
)
def test_broken_and_hostile_xml_is_refused(xml: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_visible_devices(xml, set())

    assert _told(refused) == [("", told)]


def test_rules_about_nodes_of_the_lab_are_accepted() -> None:
    check_grading_rules(RULES, {"r1": "iosv"})
    check_grading_rules("", {})


def test_rules_about_an_unknown_node_are_refused_with_the_line() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_grading_rules(RULES, {"r2": "iosv"})

    assert _told(refused) == [("/sections/0/items/0/device", "line 6: the topology has no node 'r1'")]


def test_commands_that_could_change_a_device_are_refused_with_path_and_line() -> None:
    rules = """cut_score: 1
collection:
  definitions:
    iosv: [show ip ospf neighbor, reload]
    never-heard-of: [reload]
  devices:
    h1: [uname -a, rm -rf /]
    x1: [show version]
sections:
  - name: one
    items:
      - {name: a, device: r1, command: show  ip route, points: 1}
      - {name: b, device: r1, command: configure terminal, points: 1}
      - {name: c, device: h1, command: show version, points: 1}
"""
    with pytest.raises(InvalidInput) as refused:
        check_grading_rules(rules, {"r1": "iosv", "h1": "alpine"})

    told = dict(_told(refused))
    assert list(told) == [
        "/sections/0/items/1/command",
        "/sections/0/items/2/command",
        "/collection/definitions/iosv/1",
        "/collection/devices/h1/1",
        "/collection/devices/x1",
    ]
    assert told["/collection/definitions/iosv/1"].startswith("line 4: 'reload' would not be run on iosv: only show")
    assert told["/collection/devices/x1"] == "line 8: the topology has no node 'x1'"


def test_rules_without_sections_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_grading_rules("cut_score: 1", {"r1": "iosv"})

    assert _told(refused) == [("/sections", "line 1: Field required")]


def test_problems_are_told_under_the_field_that_they_are_in() -> None:
    terms = terms_of(CreateLabletDefinition(name="n", form_qualified_name="Exam 1"))
    content = ContentPackage(hash="", topology_yaml="nodes: [", content_xml="<c", grading_yaml="[")

    with pytest.raises(InvalidInput) as refused:
        analyse_content(terms, content)

    assert [problem.path for problem in refused.value.errors] == ["/topology_yaml", "/content_xml", "/grading_yaml"]


def test_what_does_not_fit_the_topology_is_told_for_every_file() -> None:
    terms = terms_of(CreateLabletDefinition(name="n", form_qualified_name="Exam 1"))
    other = '<c><device device_label="z"/></c>'
    content = ContentPackage(
        hash="", topology_yaml=TWO_ROUTERS, content_xml=other, grading_yaml=RULES.replace("device: r1", "device: z")
    )

    with pytest.raises(InvalidInput) as refused:
        analyse_content(terms, content)

    assert _told(refused) == [
        ("/content_xml/device/0", "line 1: the topology has no node 'z'"),
        ("/grading_yaml/sections/0/items/0/device", "line 6: the topology has no node 'z'"),
    ]


def test_the_hash_tells_apart_where_one_text_ends_and_the_next_begins() -> None:
    assert content_hash("ab", "c", "") != content_hash("a", "bc", "")


def test_the_hash_depends_on_every_file_and_not_on_their_order() -> None:
    one, two = ("tasks/1.html", "a" * 64), ("tasks/2.html", "b" * 64)

    assert content_hash("a", "", "", (one, two)) == content_hash("a", "", "", (two, one))
    assert len({content_hash("a", "", "", files) for files in ((), (one,), (two,), (one, two))}) == 4


@pytest.mark.parametrize(
    ("nodes", "sufficient"),
    [(20, ["PERSONAL", "ENTERPRISE", "EVALUATION"]), (21, ["ENTERPRISE", "EVALUATION"])],
)
def test_a_lab_tells_which_licences_hold_it_without_an_expansion(nodes: int, sufficient: list[str]) -> None:
    listed = "".join(f"  - {{id: n{number}, label: r{number}, node_definition: iosv}}\n" for number in range(nodes))
    content = ContentPackage(hash="", topology_yaml=f"lab: {{version: 0.2.2}}\nnodes:\n{listed}")

    made, _ = definition_of(terms_of(CreateLabletDefinition(name="n", form_qualified_name="Exam 1")), content)

    assert [kind.value for kind in made.sufficient_licenses] == sufficient


def test_a_learner_content_nested_seventy_thousand_deep_is_no_harm() -> None:
    assert parse_visible_devices("<c>" * 70_000 + "</c>" * 70_000, set()) == ()
