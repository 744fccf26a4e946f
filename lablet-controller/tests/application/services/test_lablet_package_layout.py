"""Which file of a package is what."""

from __future__ import annotations

import hashlib

import pytest

from lablet_controller.application.services.package_layout import content_of, told_by_file
from lablet_controller.domain.package_files import PackageEntry
from lcm_core.contracts.definitions import SyncedContent
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.publication import Publication


def entries(**files: bytes) -> list[PackageEntry]:
    return [entry(path.replace("__", "/").replace("_", "."), body) for path, body in files.items()]


def entry(path: str, body: bytes, *, held: bool = True, size: int | None = None) -> PackageEntry:
    return PackageEntry(path, size or len(body), hashlib.sha256(body).hexdigest(), body if held else None)


def read(*found: PackageEntry) -> SyncedContent:
    return content_of(found, "f-1")


def told(*found: PackageEntry) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        read(*found)
    return [f"{problem.path}: {problem.message}" for problem in refused.value.errors]


def test_the_flat_layout_is_understood() -> None:
    content = read(*entries(cml_yaml=b"lab", content_xml=b"<c/>", grade_yaml=b"g", tasks__1_html=b"<p>", readme=b"r"))

    assert (content.topology_yaml, content.content_xml, content.grading_yaml) == ("lab", "<c/>", "g")
    assert [(file.path, file.text) for file in content.files] == [("tasks/1.html", "<p>"), ("readme", "r")]


def test_the_layout_with_folders_is_understood() -> None:
    content = read(*entries(RCUv1__cml_yml=b"lab", RCUv1__grade_xml=b"<g/>", content__content_xml=b"<c/>"))

    assert (content.topology_yaml, content.content_xml, content.grading_yaml) == ("lab", "<c/>", "")
    assert [file.path for file in content.files] == ["RCUv1/grade.xml"]


def test_what_the_publishing_system_says_goes_along_and_its_file_counts_as_content() -> None:
    meta = entry("RCUv1/mosaic_meta.json", b'{"Version": "1.4", "FormId": 4711, "Language": "en"}')

    content = read(*entries(RCUv1__cml_yml=b"lab"), meta)

    assert content.publication == Publication(version="1.4", form_id="4711")
    assert [file.path for file in content.files] == ["RCUv1/mosaic_meta.json"]


def test_a_package_that_says_nothing_of_its_publication_has_none() -> None:
    assert read(*entries(cml_yaml=b"lab")).publication is None


def test_publishing_data_that_cannot_be_read_is_told_with_the_rest() -> None:
    meta = entry("mosaic_meta.json", b'{"Version": []}')

    assert told(*entries(content_xml=b"<c/>"), meta) == [
        "/cml.yaml: there is none; a package has one topology, cml.yaml or cml.yml",
        "/mosaic_meta.json: Version: Input should be a valid string",
    ]


def test_the_highest_of_a_name_counts() -> None:
    content = read(*entries(cml_yaml=b"top", tasks__cml_yaml=b"deep"))

    assert content.topology_yaml == "top"
    assert [file.path for file in content.files] == ["tasks/cml.yaml"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = [
        *entries(a__cml_yaml=b"1", b__cml_yaml=b"2", content_xml=b"<c>\n\xff"),
        entry("grade.yaml", b"x" * 500_001),
    ]

    assert told(*found) == [
        "/a/cml.yaml: it is not the only one of its kind: a/cml.yaml, b/cml.yaml",
        "/content.xml: line 2: it is not UTF-8",
        "/grade.yaml: it is larger than 500000 bytes",
    ]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([entry("readme", b"x")], "/cml.yaml: there is none; a package has one topology, cml.yaml or cml.yml"),
        ([entry("cml.yaml", b" \n")], "/cml.yaml: it is empty"),
        ([entry("cml.yaml", b"", held=False, size=3_000_000)], "/cml.yaml: it is larger than 2000000 bytes"),
        ([entry("cml.yaml", b"x", held=False)], "/cml.yaml: the files before it are too large to look into this one"),
    ],
    ids=["missing", "empty", "too large", "no room"],
)
def test_a_package_without_a_usable_topology_is_refused(found: list[PackageEntry], why: str) -> None:
    assert told(*found) == [why]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read(*entries(cml_yaml=b"\xef\xbb\xbflab")).topology_yaml == "lab"


def test_the_text_of_other_files_is_kept_when_it_is_small_and_is_text() -> None:
    found = entries(cml_yaml=b"lab", a_png=b"\x89\0", b_bin=b"\xff\xfe", c_txt=b"x" * 65_537, d_txt=b"d")

    assert [(file.path, file.text) for file in read(*found).files] == [
        ("a.png", None),
        ("b.bin", None),
        ("c.txt", None),
        ("d.txt", "d"),
    ]


def test_no_more_text_is_kept_than_there_is_room_for() -> None:
    many = [entry(f"{number:02}.txt", b"x" * 60_000) for number in range(20)]

    kept = [file.text for file in read(*entries(cml_yaml=b"lab"), *many).files if file.text is not None]

    assert sum(map(len, kept)) <= 1_000_000
    assert len(kept) == 16


def test_problems_are_told_by_the_file_that_they_are_in() -> None:
    found = entries(RCUv1__cml_yaml=b"lab", content_xml=b"<c/>")
    error = InvalidInput(
        [InputProblem("/topology_yaml/nodes/0", "line 3: x"), InputProblem("/content_xml", "y"), InputProblem("", "z")]
    )

    assert [(problem.path, problem.message) for problem in told_by_file(error, found).errors] == [
        ("/RCUv1/cml.yaml/nodes/0", "line 3: x"),
        ("/content.xml", "y"),
        ("", "z"),
    ]
