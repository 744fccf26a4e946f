from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from lablet_controller.application.services.port_tag_spots import locate_port_tags
from lablet_controller.application.services.topology_rewriter import TopologyRewriter, rewrite_topology
from lcm_core.domain.enums import PortProtocol
from lcm_core.domain.errors import InvalidInput
from lcm_core.domain.port_tags import parse
from lcm_core.domain.values import PortBinding

REPOSITORY = Path(__file__).resolve().parents[4]
TOPOLOGIES = Path(os.environ.get("LCM_TOPOLOGIES", REPOSITORY.parent / "shared" / "topologies"))
FILES = sorted(TOPOLOGIES.glob("*.yaml")) if TOPOLOGIES.is_dir() else []

SAMPLE = """\
# written by hand
nodes:
  - id: n0
    label: R1   # the router
    tags:
      - core
      - serial:5041
      - "pat:5067:22"
  - label: PC
    id: n1
    tags: ['vnc:${PORT_VNC_1}', 'serial:5042:1']
smart_annotations:
  - tag: serial:5041
    label: serial:5041
    is_on: true
  - tag: core
    label: "serial:9999"
  - tag: pat:5067:22
    label: SSH to R1
lab: {title: sample, version: 0.3.0}
"""


def binding(label: str, protocol: PortProtocol, inner: int, outer: int) -> PortBinding:
    return PortBinding(node_label=label, protocol=protocol, inner=inner, outer=outer)


SAMPLE_BINDINGS = (
    binding("R1", PortProtocol.SERIAL, 0, 2001),
    binding("R1", PortProtocol.TCP, 22, 2002),
    binding("PC", PortProtocol.VNC, 0, 2003),
    binding("PC", PortProtocol.SERIAL, 1, 2004),
)


def rewritten(text: str, *bindings: PortBinding) -> str:
    return rewrite_topology(text, locate_port_tags(text), bindings)


def bindings_for(text: str, first: int = 2000) -> list[PortBinding]:
    keys = dict.fromkeys(
        (found.node_label, found.tag.protocol, found.tag.inner) for found in locate_port_tags(text).on_nodes
    )
    return [binding(*key, first + number) for number, key in enumerate(keys)]


def without_port_tags(text: str) -> Any:
    """The document with each port tag blanked out, wherever tags may stand."""
    document = YAML(typ="safe", pure=True).load(text)
    for node in document.get("nodes") or []:
        node["tags"] = ["PORT" if parse(str(tag)) else tag for tag in node.get("tags") or []]
    for annotation in document.get("smart_annotations") or []:
        for key in ("tag", "label"):
            if parse(str(annotation.get(key))):
                annotation[key] = "PORT"
    return document


def test_every_tag_gets_the_port_that_was_granted() -> None:
    nodes = YAML(typ="safe", pure=True).load(rewritten(SAMPLE, *SAMPLE_BINDINGS))["nodes"]
    assert nodes[0]["tags"] == ["core", "serial:2001", "pat:2002:22"]
    assert nodes[1]["tags"] == ["vnc:2003", "serial:2004:1"]


def test_smart_annotations_follow_their_tags() -> None:
    annotations = YAML(typ="safe", pure=True).load(rewritten(SAMPLE, *SAMPLE_BINDINGS))["smart_annotations"]
    assert [(each["tag"], each["label"]) for each in annotations] == [
        ("serial:2001", "serial:2001"),
        ("core", "serial:9999"),
        ("pat:2002:22", "SSH to R1"),
    ]


def test_only_lines_with_port_tags_change() -> None:
    after = rewritten(SAMPLE, *SAMPLE_BINDINGS)
    changed = [line[2:] for line in difflib.ndiff(SAMPLE.splitlines(), after.splitlines()) if line.startswith("- ")]
    assert len(changed) == 6
    assert all("serial:" in line or "pat:" in line or "vnc:" in line for line in changed)


def test_comments_quotes_and_order_stay() -> None:
    after = rewritten(SAMPLE, *SAMPLE_BINDINGS)
    assert "# written by hand" in after
    assert "label: R1   # the router" in after
    assert '- "pat:2002:22"' in after
    assert "['vnc:2003', 'serial:2004:1']" in after


NOTES = """\
lab:
  notes: |
    Telnet to port ${PORT_R1}, then to ${PORT_R1} again; ${PORT_ELSEWHERE} is not ours.

  # ${PORT_R1} in a comment stays
  title: "R1 is at ${PORT_R1}"
nodes:
- {label: R1, tags: ["serial:${PORT_R1}"], configuration: "banner motd ^ ${PORT_R1} ^"}
- {label: R2, tags: ["serial:${PORT_R2}"]}
"""
NOTES_BINDINGS = (binding("R1", PortProtocol.SERIAL, 0, 2000), binding("R2", PortProtocol.SERIAL, 0, 2001))


def test_a_placeholder_of_a_tag_is_replaced_in_every_text_and_in_no_comment() -> None:
    after = rewritten(NOTES, *NOTES_BINDINGS)
    expected = NOTES.replace("${PORT_R1}", "2000").replace("${PORT_R2}", "2001").replace("# 2000", "# ${PORT_R1}")
    assert after == expected
    assert "${PORT_ELSEWHERE}" in after


def test_a_placeholder_that_stands_for_two_ports_is_refused_in_a_text() -> None:
    with pytest.raises(InvalidInput, match="stands for 2 ports"):
        rewritten(NOTES.replace("PORT_R2", "PORT_R1"), *NOTES_BINDINGS)


def test_a_tag_without_a_granted_port_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"no port was granted for 'serial:5042:1' of node 'PC'"):
        rewritten(SAMPLE, *SAMPLE_BINDINGS[:3])


def test_two_nodes_of_one_name_cannot_both_have_ports() -> None:
    text = "nodes:\n- {label: A, tags: [serial:1]}\n- {label: A, tags: [serial:2]}\n"
    with pytest.raises(InvalidInput, match="two nodes are called 'A'"):
        locate_port_tags(text)


def test_tags_shared_by_a_yaml_alias_are_refused() -> None:
    text = "nodes:\n- {label: A, tags: &t [serial:1]}\n- {label: B, tags: *t}\n"
    with pytest.raises(InvalidInput, match="alias"):
        rewritten(text, binding("A", PortProtocol.SERIAL, 0, 2000), binding("B", PortProtocol.SERIAL, 0, 2001))


@pytest.mark.parametrize("text", ["nodes: [", "- just\n- a list\n", "'unclosed"])
def test_text_that_is_no_topology_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(InvalidInput, match="topology is not valid"):
        locate_port_tags(text)


def test_json_is_read_like_yaml() -> None:
    text = '{"nodes": [{"label": "R1", "tags": ["serial:5041"]}], "lab": {"version": "0.3.0"}}'
    after = rewritten(text, binding("R1", PortProtocol.SERIAL, 0, 2000))
    assert after == text.replace("5041", "2000")


async def test_known_content_is_located_once() -> None:
    rewriter = TopologyRewriter(kept=1)
    first = await rewriter.rewrite("h", SAMPLE, SAMPLE_BINDINGS)
    assert await rewriter.rewrite("h", SAMPLE, SAMPLE_BINDINGS) == first


@pytest.mark.skipif(not FILES, reason=f"no topology files in {TOPOLOGIES}; set LCM_TOPOLOGIES")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_real_topologies_change_in_nothing_but_their_port_tags(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    bindings = bindings_for(text)
    after = rewritten(text, *bindings)
    if not bindings:
        assert after == text
    else:
        assert without_port_tags(after) == without_port_tags(text)
        assert sorted(found.tag.outer or 0 for found in locate_port_tags(after).on_nodes) == [
            each.outer for each in bindings
        ]


LABELS = st.text("abcXYZ019_-. é", min_size=1, max_size=12).map(str.strip).filter(bool)
PORT_TAGS = st.sampled_from(
    ["serial:5041", "serial:5042:1", "vnc:5044", "pat:5067:22", "pat:tcp:5068:80", "pat:udp:5069:53",
     "serial:${PORT_SERIAL_1}", "vnc:${PORT_VNC_1}", "pat:${PORT_SSH_1}:22"]
)  # fmt: skip
OTHER_TAGS = st.sampled_from(["core", "ansible:host=r1", "serial", "5041", "pat:nothing", "a: b # c", "’ü"])
NODES = st.lists(
    st.tuples(LABELS, st.lists(st.one_of(PORT_TAGS, OTHER_TAGS), max_size=4, unique=True)),
    max_size=6,
    unique_by=lambda node: node[0],
)


def written_by_hand(nodes: list[tuple[str, list[str]]], quote: str, annotate: bool) -> str:
    lines = ["# café ☕", "lab: {title: 'x', version: 0.3.0}", "nodes:" if nodes else "nodes: []"]
    for number, (label, tags) in enumerate(nodes):
        lines += [
            f"  - id: n{number}",
            f'    label: "{label}"',
            "    configuration: |-",
            "      tags:",
            "      - serial:1",
        ]
        lines += ["    tags:" if tags else "    tags: []"]
        lines += [f"      - {quote}{tag}{quote}  # why" if parse(tag) else f'      - "{tag}"' for tag in tags]
    if annotate:
        tags = dict.fromkeys(tag for _, each in nodes for tag in each)
        lines.append("smart_annotations:" if tags else "smart_annotations: []")
        for tag in tags:
            lines += [f'  - tag: "{tag}"', f'    label: "{tag}"', "    z_index: 1"]
    return "\n".join(lines) + "\n"


@settings(deadline=None)
@given(NODES, st.sampled_from(["'", '"', ""]), st.booleans())
def test_nothing_but_port_tags_ever_changes(nodes: list[tuple[str, list[str]]], quote: str, annotate: bool) -> None:
    text = written_by_hand(nodes, quote, annotate)
    bindings = bindings_for(text)
    after = rewritten(text, *bindings)
    assert without_port_tags(after) == without_port_tags(text)
    granted = {(each.node_label, each.protocol, each.inner): each.outer for each in bindings}
    for found in locate_port_tags(after).on_nodes:
        assert found.tag.outer == granted[found.node_label, found.tag.protocol, found.tag.inner]
    changed = [line for line in difflib.ndiff(text.splitlines(), after.splitlines()) if line.startswith(("+ ", "- "))]
    assert all("serial:" in line or "vnc:" in line or "pat:" in line for line in changed)
    assert len(text.splitlines()) == len(after.splitlines())
