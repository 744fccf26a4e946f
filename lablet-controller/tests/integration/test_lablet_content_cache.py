"""Packages on disk: within a bound, and never another content than asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lablet_controller.application.services.content_store import ContentStore
from lablet_controller.integration.services.content_cache import ContentCache
from lcm_core.contracts.definitions import ContentPackage, DeviceCredential, PackageFile, package_hash


def a_package(text: str, size: int = 0) -> ContentPackage:
    files = (PackageFile(path="tasks/1", sha256="a" * 64, size=1, text="t"),)
    unnamed = ContentPackage(hash="", topology_yaml=text + "x" * size, files=files)
    return unnamed.model_copy(update={"hash": package_hash(unnamed)})


def files_in(directory: Path) -> list[Path]:
    return sorted(directory.iterdir())


def bytes_in(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.iterdir())


class Definitions:
    """Serves packages, and counts how often it is asked."""

    def __init__(self, *packages: ContentPackage) -> None:
        self.packages = {package.hash: package for package in packages}
        self.asked = 0

    async def content(self, content_hash: str) -> ContentPackage:
        self.asked += 1
        return self.packages[content_hash]


async def test_a_package_outlives_the_process(tmp_path: Path) -> None:
    package = a_package("a")
    definitions = Definitions(package)
    for _ in range(2):
        store = ContentStore(definitions, cache=ContentCache(tmp_path / "c", max_bytes=10_000))  # pyright: ignore
        assert await store.get(package.hash) == package

    assert definitions.asked == 1


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", None], ids=["empty", "other", "garbage", "another content"])
async def test_a_file_that_was_changed_is_as_good_as_none(tmp_path: Path, damage: bytes | None) -> None:
    cache, package = ContentCache(tmp_path, max_bytes=10_000), a_package("a")
    await cache.put(package)
    (file,) = files_in(tmp_path)
    forged = a_package("forged").model_copy(update={"hash": package.hash}).model_dump_json().encode()
    file.write_bytes(forged if damage is None else damage)

    assert await cache.get(package.hash) is None
    assert files_in(tmp_path) == []


async def test_what_was_unused_for_longest_makes_room(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path, max_bytes=4_500)
    packages = [a_package(name, 1_000) for name in "abc"]
    for age, package in enumerate(packages[:2]):
        await cache.put(package)
        os.utime(tmp_path / f"{package.hash}.json", (age, age))
    await cache.get(packages[0].hash)

    await cache.put(packages[2])
    await cache.put(a_package("d", 1_000))

    assert await cache.get(packages[1].hash) is None
    assert await cache.get(packages[0].hash) is not None
    assert bytes_in(tmp_path) <= 4_500


async def test_a_package_larger_than_the_bound_is_not_kept(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path, max_bytes=1_000)

    await cache.put(a_package("a", 2_000))

    assert files_in(tmp_path) == []


async def test_a_package_with_passwords_is_not_kept_sealed_or_not(tmp_path: Path) -> None:
    credential = DeviceCredential(device_label="r1", username="ada", sealed_password="sealed")

    await ContentCache(tmp_path, max_bytes=10_000).put(
        a_package("a").model_copy(update={"device_credentials": (credential,)})
    )

    assert files_in(tmp_path) == []


async def test_what_a_crash_left_half_written_goes_first(tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(b"x" * 500)
    cache = ContentCache(tmp_path, max_bytes=10_000)

    await cache.put(a_package("a"))

    assert [file.suffix for file in files_in(tmp_path)] == [".json"]


async def test_a_disk_that_fails_costs_the_cache_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file where the folder should be")
    package = a_package("a")
    store = ContentStore(
        Definitions(package),  # pyright: ignore
        cache=ContentCache(tmp_path / "c", max_bytes=10_000),
    )

    assert await store.get(package.hash) == package


async def test_what_is_no_hash_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the hash"):
        await ContentCache(tmp_path, max_bytes=1).get("../../etc/passwd")
