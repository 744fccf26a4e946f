"""Topologies as they are written by people, by old exports and by enemies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_plane_api.application.services.topology_analysis import MAX_NODES, analyse_topology
from lcm_core.domain.errors import InvalidInput
from lcm_core.domain.values import ResourceVector

REPOSITORY = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("LCM_TOPOLOGIES", REPOSITORY.parent / "shared" / "topologies"))
SEEDS = sorted((REPOSITORY / "local-stack").glob("**/seed/*/cml.yaml"))
FILES = sorted(SHARED.glob("*.yaml")) if SHARED.is_dir() else []


def _topology(*nodes: str, links: str = "[]") -> str:
    listed = "".join(f"  - {node}\n" for node in nodes)
    return f"lab: {{title: T, version: 0.2.2}}\nnodes:\n{listed}links: {links}\n"


def _problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        analyse_topology(text)
    return [(problem.path, problem.message) for problem in refused.value.errors]


@pytest.mark.skipif(not FILES, reason=f"no topologies in {SHARED}; set LCM_TOPOLOGIES")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shared_topology_is_understood(path: Path) -> None:
    analysis = analyse_topology(path.read_text())

    assert analysis.node_count > 0
    assert analysis.requirements.cpu_cores > 0
    assert analysis.requirements.ports == len(analysis.port_requests)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.parent.name)
def test_every_seed_topology_is_understood(path: Path) -> None:
    assert analyse_topology(path.read_text()).requirements.ports > 0


@pytest.mark.skipif(not FILES, reason=f"no topologies in {SHARED}; set LCM_TOPOLOGIES")
def test_literal_port_tags_become_port_requests() -> None:
    analysis = analyse_topology((SHARED / "patty-tags-sample.yaml").read_text())

    assert [request.name for request in analysis.port_requests] == [
        "vmanage-mock/serial/0",
        "ubuntu-desktop/serial/0",
        "ubuntu-desktop/vnc/0",
    ]


def test_sizes_in_a_node_win_over_those_of_its_definition() -> None:
    analysis = analyse_topology(
        _topology(
            "{id: n0, label: a, node_definition: iosv, cpus: 3, ram: 4096, boot_disk_size: 20, data_volume: 5}",
            "{id: n1, label: b, node_definition: iosv, cpus: 0, ram: null}",
        )
    )

    assert analysis.requirements == ResourceVector(cpu_cores=4, memory_gb=5, storage_gb=26, nodes=2)


def test_a_cpu_limit_takes_that_much_of_the_cores() -> None:
    node = "{{id: n{0}, label: r{0}, node_definition: iosv, cpu_limit: 50}}"
    analysis = analyse_topology(_topology(*(node.format(number) for number in range(3))))

    assert analysis.requirements.cpu_cores == 2


def test_connectors_and_plain_switches_are_free() -> None:
    analysis = analyse_topology(
        _topology(
            "{id: n0, label: r1, node_definition: iosv}",
            "{id: n1, label: ext, node_definition: external_connector}",
            "{id: n2, label: sw, node_definition: unmanaged_switch}",
        )
    )

    assert analysis.requirements == ResourceVector(cpu_cores=1, memory_gb=1, storage_gb=1, nodes=1)
    assert analysis.node_count == 3


@pytest.mark.parametrize(("definition", "needed"), [("iol-xe", False), ("unmanaged_switch", False), ("iosv", True)])
def test_only_virtual_machines_need_nested_virtualisation(definition: str, needed: bool) -> None:
    analysis = analyse_topology(_topology(f"{{id: n0, label: r1, node_definition: {definition}}}"))

    assert analysis.nested_virtualization is needed


def test_a_definition_that_nobody_knows_is_taken_for_a_virtual_machine() -> None:
    assert analyse_topology(_topology("{id: n0, label: r1, node_definition: my-own}")).nested_virtualization


def test_placeholders_and_patched_ports_are_requests_and_other_tags_are_left_alone() -> None:
    tags = '["serial:${PORT_SERIAL_1}", "serial:5002:1", "pat:tcp:${PORT_SSH_1}:22", "pat:udp:5010:161", "core", "a:b"]'
    analysis = analyse_topology(_topology(f"{{id: n0, label: r1, node_definition: iosv, tags: {tags}}}"))

    assert [request.name for request in analysis.port_requests] == [
        "r1/serial/0",
        "r1/serial/1",
        "r1/tcp/22",
        "r1/udp/161",
    ]


def test_every_problem_is_told_with_its_path_and_its_line() -> None:
    text = _topology(
        '{id: n0, label: r1, node_definition: iosv, tags: ["vnc:99999"], interfaces: [{id: i0}]}',
        '{id: n0, label: r1, node_definition: iosv, tags: ["serial:1", "serial:1"]}',
        links="[{id: l0, n1: n0, i1: i7, n2: n9, i2: i0}]",
    )

    assert _problems(text) == [
        ("/nodes/1/id", "line 4: id 'n0' is used before"),
        ("/nodes/1/label", "line 4: label 'r1' is used before"),
        ("/links/0/i1", "line 5: node 'n0' has no interface 'i7'"),
        ("/links/0/n2", "line 5: there is no node 'n9'"),
        ("/nodes/0/tags/0", "line 3: tag 'vnc:99999' looks like a forwarded port and is none"),
        ("/nodes/1/tags/1", "line 4: r1/serial/0 is forwarded twice"),
        ("/nodes/1/tags/1", "line 4: outside port 1 is used by node 'r1' already"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        ("just text", "line 1: a topology is a mapping with lab, nodes and links"),
        ("nodes: [", "line 1: not YAML: expected the node content, but found '<stream end>'"),
        ("a: 1\na: 2", "line 2: key 'a' is there twice"),
        ("a: 1\n---\nb: 2", "line 2: more than one document"),
        ("a: &x 1\nb: *x", "line 2: aliases (*name) are not accepted; write the value out"),
        ("a: !!python/object:os.system x", "line 1: tag tag:yaml.org,2002:python/object:os.system is not accepted"),
        ("[" * 40, "line 1: nested deeper than 32 levels"),
        ("a: " + "x" * 2_000_001, "larger than 2000000 bytes"),
    ],
)
def test_what_is_no_topology_is_refused_with_the_reason(text: str, told: str) -> None:
    assert _problems(text) == [("", told)]


def test_control_characters_are_refused() -> None:
    assert _problems("a: \x00")[0][1].startswith("not YAML")


def test_too_many_nodes_are_refused_before_they_are_looked_at() -> None:
    text = _topology(*["x"] * (MAX_NODES + 1))

    assert _problems(text) == [("/nodes", f"line 3: {MAX_NODES + 1} nodes; at most {MAX_NODES} are accepted")]


def test_a_lab_without_nodes_is_refused() -> None:
    assert _problems("lab: {version: 0.1.0}\nnodes: []\nlinks: []") == [
        ("/nodes", "line 2: a lab needs at least one node")
    ]


def test_the_key_order_of_newer_exports_is_understood() -> None:
    text = "annotations: []\nnodes:\n  - {node_definition: iosv, label: r1, id: n0}\nlab: {version: 0.3.0, title: T}\n"

    assert analyse_topology(text).title == "T"


@given(st.text(alphabet="abn:-[]{}&*!|>'\"\n 01#,?%@`~", max_size=60))
def test_no_text_makes_it_fail_in_another_way(text: str) -> None:
    with pytest.raises(InvalidInput):
        analyse_topology(text)
