"""What differs between two packages, and how much it matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_plane_api.application.services.content_comparison import compare_content
from control_plane_api.application.services.text_diff import text_diff
from control_plane_api.testing.command_world import CONTENT, TWO_ROUTERS
from lcm_core.contracts.definitions import ContentPackage, PackageFile

RULES = """
cut_score: 1
sections:
  - name: routing
    items:
      - {name: hello, device: r1, command: show run, pattern: hello, points: 1}
      - {name: bye, device: r1, command: show run, pattern: bye, points: 1}
"""
SEEDS = sorted((Path(__file__).resolve().parents[3] / "local-stack").glob("**/seed/*/cml.yaml"))


def a_file(path: str, digit: str = "a") -> PackageFile:
    return PackageFile(path=path, sha256=digit * 64, size=1)


BASE: dict[str, Any] = {
    "hash": "",
    "topology_yaml": TWO_ROUTERS,
    "content_xml": CONTENT,
    "grading_yaml": RULES,
    "files": (a_file("tasks/1.html"), a_file("assets/a.png"), a_file("readme.txt")),
}


def changes(**other: Any) -> list[str]:
    compared = compare_content(ContentPackage(**BASE), ContentPackage(**(BASE | other)))
    return [f"{each.level.value}: {each.what} {each.name} {each.change} {each.detail}".strip() for each in compared]


def topology(old: str, new: str) -> list[str]:
    assert old in TWO_ROUTERS
    return changes(topology_yaml=TWO_ROUTERS.replace(old, new))


def test_the_same_content_has_no_changes() -> None:
    assert changes() == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "links:",
            "  - {id: n2, label: r3, node_definition: iosv}\nlinks:",
            ["major: node r3 added"],
        ),
        (
            'node_definition: iosv, tags: ["serial:5001"]',
            'node_definition: iosvl2, tags: ["serial:5001"]',
            ["major: node r1 changed node_definition 'iosv' → 'iosvl2'"],
        ),
        ("  - {id: l0, n1: n0, i1: i0, n2: n1, i2: i0}\n", "", ["major: link r1 i0 — r2 i0 removed"]),
        ('"serial:5001"', '"serial:5001", "vnc:5003"', ["major: port r1/vnc/0 added"]),
        ('"serial:5001"', '"serial:5001", core', ["minor: node r1 changed tags"]),
        ("label: r1,", "label: r1, ram: 1024, configuration: x,", ["minor: node r1 changed configuration, ram"]),
        ("label: r1,", "label: r1, x: 5,", ["patch: node r1 moved"]),
        ("i2: i0}", "i2: i0, conditioning: {delay: 5}}", ["minor: link r1 i0 — r2 i0 changed"]),
        ("Two routers", "Two good routers", ["patch: topology lab changed"]),
    ],
)
def test_a_change_of_the_topology_is_named_and_weighed(old: str, new: str, told: list[str]) -> None:
    assert topology(old, new) == told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nodes:", "# a comment\nnodes:"),
        ('"serial:5001"', '"serial:6001"'),
        ("n1: n0, i1: i0, n2: n1, i2: i0", "n2: n0, i2: i0, n1: n1, i1: i0"),
        ("id: l0", "id: l77"),
    ],
    ids=["comment", "outside port", "ends of a link", "id of a link"],
)
def test_what_means_nothing_is_no_change(old: str, new: str) -> None:
    assert topology(old, new) == []


def test_what_the_learner_sees_is_a_minor_change_and_wording_a_patch() -> None:
    web, ssh = CONTENT, CONTENT.replace('"web"', '"ssh"')

    assert changes(content_xml=ssh) == ["minor: device r1 changed access_mode 'web' → 'ssh'"]
    assert changes(content_xml="") == ["minor: device r1 removed"]
    assert changes(content_xml=web.replace("<lab_content>", "<lab_content><title>T</title>")) == [
        "patch: file content.xml changed"
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("cut_score: 1", "cut_score: 2", ["major: grading cut_score changed 1 → 2"]),
        ("pattern: hello, points: 1", "pattern: hello, points: 2", ["major: grading routing / hello changed points"]),
        ("pattern: hello", "pattern: hullo", ["minor: grading routing / hello changed pattern"]),
        (
            "name: bye",
            "name: farewell",
            ["major: grading routing / bye removed", "major: grading routing / farewell added"],
        ),
        ("sections:", "# why\nsections:", ["patch: file grade.yaml changed"]),
    ],
)
def test_a_change_of_the_rules_is_major_when_scores_cannot_be_compared(old: str, new: str, told: list[str]) -> None:
    assert changes(grading_yaml=RULES.replace(old, new)) == told


def test_a_name_as_long_as_the_package_is_cut() -> None:
    long = TWO_ROUTERS.replace("{id: i0, type: physical}", "{id: i0, type: physical, label: " + "x" * 5_000 + "}")

    compared = compare_content(ContentPackage(**BASE), ContentPackage(**(BASE | {"topology_yaml": long})))

    assert compared
    assert all(len(change.name) <= 300 for change in compared)


def test_tasks_that_come_or_go_are_minor_and_other_files_a_patch() -> None:
    files = (a_file("tasks/1.html", "b"), a_file("RCUv1/tasks/2.html"), a_file("assets/a.png", "b"))

    assert changes(files=files) == [
        "minor: task RCUv1/tasks/2.html added",
        "patch: asset assets/a.png changed",
        "patch: file readme.txt removed",
        "patch: task tasks/1.html changed",
    ]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.parent.name)
def test_every_seed_topology_can_be_compared_with_itself_and_another(path: Path) -> None:
    package = ContentPackage(hash="", topology_yaml=path.read_text() + "\n# the same")

    assert compare_content(package.model_copy(update={"topology_yaml": path.read_text()}), package) == ()
    assert compare_content(ContentPackage(hash="", topology_yaml=TWO_ROUTERS), package)


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=30)


@given(LINES, LINES)
def test_a_diff_tells_how_to_get_from_one_text_to_the_other(old: list[str], new: list[str]) -> None:
    diff = text_diff("x", "\n".join(old) + "\n", "\n".join(new) + "\n")

    assert patched([*old] or [""], diff.lines) == ([*new] or [""])


def patched(old: list[str], diff: tuple[str, ...]) -> list[str]:
    """*old* with the hunks of *diff* applied, at the lines that their headers name."""
    result: list[str] = []
    at = 0
    for line in diff:
        if line.startswith("@@"):
            start, _, length = line.split()[1][1:].partition(",")
            begin = int(start) - (0 if length == "0" else 1)
            result += old[at:begin]
            at = begin
        elif line.startswith("+"):
            result.append(line[1:])
        else:
            assert old[at] == line[1:]
            at += 1
            result += [line[1:]] if line.startswith(" ") else []
    return result + old[at:]


def test_texts_that_would_take_too_long_to_compare_are_said_to_be_different() -> None:
    diff = text_diff("x", "a\n" * 5000, "b\n" * 5000)

    assert diff.cut
    assert diff.lines == ("too large to be compared: 5000 lines stand against 5000 from line 1 on",)


def test_a_small_change_in_a_large_text_is_shown_at_its_line() -> None:
    lines = [str(number) for number in range(50_000)]
    changed = [*lines[:30_000], "new", *lines[30_000:]]

    diff = text_diff("x", "\n".join(lines), "\n".join(changed))

    assert diff.lines[0] == "@@ -29998,6 +29998,7 @@"
    assert "+new" in diff.lines
