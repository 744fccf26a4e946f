"""What topology files may look like, and what is said about bad ones."""

import json
from typing import Any

import pytest

from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.policy import HostPolicy
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.topology_reader import build_lab, parse_topology
from lcm_simulators.cml.model.topology_writer import topology_yaml
from lcm_simulators.cml.model.yaml_text import dump_yaml, load_yaml

NODE: dict[str, Any] = {"id": "n0", "label": "R1", "node_definition": "iosv", "x": 0, "y": 0}


def topology(*nodes: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"lab": {"version": "0.3.0", "title": "t"}, "nodes": list(nodes), "links": [], **parts}


def read(document: dict[str, Any], policy: HostPolicy | None = None) -> Lab:
    return build_lab(parse_topology(json.dumps(document).encode()), None, "owner", 0.0, policy or HostPolicy())[0]


def only_node(document: dict[str, Any]) -> Any:
    return next(iter(read(document).nodes.values()))


@pytest.mark.parametrize(
    ("configuration", "files"),
    [
        ("hostname R1", [("ios_config.txt", "hostname R1")]),
        ({"name": "Main", "content": "x"}, [("ios_config.txt", "x")]),
        ([{"name": "a", "content": "1"}, {"name": "b", "content": "2"}], [("a", "1"), ("b", "2")]),
        (None, []),
        ("", []),
    ],
)
def test_configuration_comes_in_all_its_shapes(configuration: Any, files: list[tuple[str, str]]) -> None:
    node = only_node(topology({**NODE, "configuration": configuration}))
    assert [(file.name, file.content) for file in node.configuration] == files


def test_zero_sizes_of_old_exports_mean_the_default() -> None:
    node = only_node(topology({**NODE, "ram": 0, "cpus": 0}))
    assert (node.ram, node.cpus, node.effective_ram_mib) == (None, None, 512)


def test_unknown_keys_are_tolerated() -> None:
    document = topology({**NODE, "priority": 1})
    document["lab"]["timestamp"] = 1234.5
    assert len(read(document).nodes) == 1


def test_text_is_read_with_the_rules_of_yaml_1_2() -> None:
    assert load_yaml("mac: 52:54:00:11:22:33\nlabel: on\ncount: 012\n") == {
        "mac": "52:54:00:11:22:33",
        "label": "on",
        "count": 12,
    }


@pytest.mark.parametrize("text", ["a\n\nb \n", "  leading\n", "\ttab\n", "no newline", "on", "1:20", "é\n\x85"])
def test_any_text_survives_writing_and_reading(text: str) -> None:
    assert load_yaml(dump_yaml({"text": text})) == {"text": text}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (topology({**NODE, "node_definition": "toaster"}), "Node definition not found: toaster"),
        (topology(NODE, NODE), "Node id n0 is used twice"),
        (topology(links=[{"id": "l0", "n1": "n0", "i1": "i0", "n2": "n1", "i2": "i0"}]), "names interface i0 of node"),
        ({"nodes": [], "links": []}, "Input validation failed"),
        (topology({**NODE, "x": 99999}), "Input validation failed"),
        (topology({**NODE, "label": ""}), "Input validation failed"),
    ],
)
def test_bad_topology_is_refused_with_its_fault(document: dict[str, Any], says: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read(document)
    assert says in refusal.value.description


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"a: b: c", b"- just\n- a list", b""])
def test_what_is_no_topology_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        parse_topology(body)


def test_unknown_definitions_are_taken_where_that_is_wanted() -> None:
    document = topology({**NODE, "node_definition": "toaster"})
    assert len(read(document, HostPolicy(accept_unknown_definitions=True)).nodes) == 1


def test_download_keeps_tags_and_what_was_said_about_them() -> None:
    smart = {"tag": "serial:5041", "label": "console", "padding": 50}
    lab = read(topology({**NODE, "tags": ["serial:5041", "core"]}, smart_annotations=[smart]))
    again = build_lab(parse_topology(topology_yaml(lab).encode()), None, "owner", 0.0, HostPolicy())[0]
    seen = [(a["tag"], a["label"], a["padding"]) for a in again.smart_annotations.values()]
    assert seen == [("serial:5041", "console", 50), ("core", "core", 35)]
