"""Content packages as archives: read within bounds, and refused with the reason when they are hostile."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lablet_controller.application.services.package_archive import read_archive
from lablet_controller.domain.package_files import PackageLimits, safe_path
from lcm_core.domain.errors import InvalidInput

FILES = {"cml.yaml": b"lab: {}", "tasks/1.html": b"<p>", "assets/\u00e4.png": b"\x89PNG\0"}
SMALL = PackageLimits(packed_bytes=50_000, file_bytes=2_000, total_bytes=3_000, files=4, kept_file_bytes=1_000)


def a_zip(files: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body, packing)
    return packed.getvalue()


def a_tar(files: Mapping[str, bytes]) -> bytes:
    return tar_of(*[(tarfile.TarInfo(name), body) for name, body in files.items()])


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for member, body in members:
            if member.isreg():
                member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return packed.getvalue()


def a_tgz(files: Mapping[str, bytes]) -> bytes:
    return gzip.compress(a_tar(files))


PACKERS = pytest.mark.parametrize("pack", [a_zip, a_tar, a_tgz], ids=["zip", "tar", "tgz"])


def told(data: bytes, limits: PackageLimits = SMALL) -> str:
    """What a refused archive is refused for."""
    with pytest.raises(InvalidInput) as refused:
        read_archive(data, limits)
    (problem,) = refused.value.errors
    return f"{problem.path}: {problem.message}" if problem.path else problem.message


@PACKERS
def test_files_are_read_with_their_sizes_and_hashes(pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    entries = read_archive(pack(FILES), PackageLimits())

    assert {entry.path: entry.body for entry in entries} == FILES
    assert all(entry.sha256 == hashlib.sha256(FILES[entry.path]).hexdigest() for entry in entries)


@PACKERS
def test_a_large_body_is_hashed_and_not_held(pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    (entry,) = read_archive(pack({"assets/film": b"x" * 1_500}), SMALL)

    assert (entry.size, entry.body) == (1_500, None)
    assert entry.sha256 == hashlib.sha256(b"x" * 1_500).hexdigest()


@PACKERS
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../etc/passwd", "leads through '..'"),
        ("tasks/../../x", "leads through '..'"),
        ("./cml.yaml", "leads through '..'"),
        ("tasks//x", "an empty folder"),
        ("/etc/passwd", "absolute path"),
        ("C:/x", "absolute path"),
        ("tasks\\..\\x", "backslash"),
        ("tasks/\x1b[2Jx", "control characters"),
        ("/".join("d" * 20), "folders deep"),
        ("x" * 600, "1 to 512 characters"),
    ],
)
def test_a_name_that_means_a_place_elsewhere_is_refused(
    pack: Callable[[Mapping[str, bytes]], bytes], name: str, why: str
) -> None:
    assert why in told(pack({name: b"x"}))


def test_a_name_that_ends_earlier_than_it_seems_is_refused() -> None:
    data = a_zip({"cml.yamlX.exe": b"x"}).replace(b"cml.yamlX.exe", b"cml.yaml\0.exe")

    assert "control characters" in told(data)


@PACKERS
def test_a_bomb_is_refused_while_it_goes_off(pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    limits = PackageLimits(packed_bytes=40_000_000, file_bytes=100_000, total_bytes=100_000)

    assert "larger than 100000 bytes" in told(pack({"cml.yaml": b"\0" * 30_000_000}), limits)


@PACKERS
def test_many_small_files_are_no_way_around_the_limit(pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    assert told(pack({f"{number}": b"x" * 1_000 for number in range(4)})) == "unpacked it is larger than 3000 bytes"


@PACKERS
def test_too_many_files_are_refused(pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    assert told(pack({f"{number}": b"" for number in range(5)})) == "more than 4 files"


@PACKERS
def test_an_archive_that_is_too_large_is_not_opened(pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    assert told(pack(FILES), PackageLimits(packed_bytes=10)) == "packed it is larger than 10 bytes"


def test_a_zip_whose_header_lies_about_a_size_is_refused() -> None:
    data = bytearray(a_zip({"cml.yaml": b"\0" * 1_500}))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)

    assert "it is no zip or tar that can be read" in told(bytes(data))


def test_a_zip_whose_names_are_not_what_they_say_is_refused() -> None:
    assert "it is no zip or tar that can be read" in told(a_zip(FILES).replace("\u00e4".encode(), b"\xff\xff"))


def test_a_zip_whose_files_would_begin_before_it_is_refused() -> None:
    data = bytearray(a_zip(FILES))
    struct.pack_into("<L", data, data.rfind(b"PK\x05\x06") + 16, 60_000)

    assert "it is no zip or tar that can be read" in told(bytes(data))


def test_a_zip_whose_directory_is_large_is_not_read_into_memory() -> None:
    data = bytearray(a_zip({f"{number}": b"" for number in range(3)}))
    at = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HL", data, at + 10, 3, 0xFFFFFFF0)

    assert told(bytes(data)) == "more than 4 files"


def test_a_link_in_a_zip_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("cml.yaml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    assert "it is a link or a device" in told(packed.getvalue())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_what_is_no_plain_file_in_a_tar_is_refused(kind: bytes) -> None:
    member = tarfile.TarInfo("cml.yaml")
    member.type, member.linkname = kind, "/etc/passwd"

    assert "a link, a device or full of holes" in told(tar_of((member, b"")))


def test_a_tar_that_is_cut_off_is_refused() -> None:
    assert "it is no zip or tar" in told(a_tar({"cml.yaml": b"x" * 1_500})[:1_200])


def test_an_encrypted_file_and_one_in_a_strange_packing_are_refused() -> None:
    data = bytearray(a_zip({"cml.yaml": b"x"}))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1

    assert "it is encrypted" in told(bytes(data))
    assert "use deflate" in told(a_zip({"cml.yaml": b"x"}, zipfile.ZIP_LZMA))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused() -> None:
    twice = tar_of((tarfile.TarInfo("cml.yaml"), b"1"), (tarfile.TarInfo("cml.yaml"), b"2"))

    assert told(twice) == "/cml.yaml: it is there twice"
    assert told(a_zip({"cml.yaml": b"1", "CML.yaml": b"2"})) == "/CML.yaml: it is 'cml.yaml' in other letters"


def test_what_file_managers_leave_behind_is_left_out() -> None:
    files = {"cml.yaml": b"x", "__MACOSX/._cml.yaml": b"y", "tasks/.DS_Store": b"z"}

    assert [entry.path for entry in read_archive(a_zip(files), SMALL)] == ["cml.yaml"]


def test_an_archive_with_nothing_in_it_is_refused() -> None:
    assert told(a_zip({"folder/": b""})) == "there is no file in it"


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_in_another_way(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_archive(data, SMALL)


@given(st.data())
def test_no_change_of_a_byte_gets_past_the_limits(data: st.DataObject) -> None:
    archive = bytearray(data.draw(st.sampled_from([a_zip(FILES), a_tar(FILES), a_tgz(FILES)])))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))

    try:
        entries = read_archive(bytes(archive), SMALL)
    except InvalidInput:
        return
    assert len(entries) <= SMALL.files
    assert sum(entry.size for entry in entries) <= SMALL.total_bytes


@given(st.text(alphabet="ab./\\:\0C ", max_size=12))
def test_a_name_that_is_accepted_lies_inside(name: str) -> None:
    try:
        path = safe_path(name)
    except InvalidInput:
        return
    assert path is not None
    assert path == name
    assert not path.startswith("/")
    assert ".." not in path.split("/")
