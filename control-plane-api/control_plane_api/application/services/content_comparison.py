"""What differs between two packages, thing by thing, and how much each difference matters to who has booked.

MAJOR: another lab, or scores that cannot be compared: nodes, links, ports, points, cut score. MINOR: the same lab set
up or presented in another way: configuration, sizes, images, what the learner sees, tasks that come or go, how an item
is checked. PATCH: wording, pictures, layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from control_plane_api.application.services.grading_comparison import compare_grading
from control_plane_api.application.services.topology_comparison import compare_topologies
from control_plane_api.application.services.visible_devices import parse_visible_devices
from lcm_core.contracts.definitions import ContentPackage, PackageFile
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.read_models.content_sync import ChangeLevel, ContentChange

T = TypeVar("T")
_TASKS, _ASSETS = "tasks", "assets"
_LEVELS = list(ChangeLevel)
_LONGEST_NAME = 300


def compare_content(old: ContentPackage, new: ContentPackage) -> tuple[ContentChange, ...]:
    """Greatest first; nothing for what nobody can name, such as a comment. Both were accepted. CPU-bound."""
    changes = [
        *compare_topologies(old.topology_yaml, new.topology_yaml),
        *_devices(old, new),
        *compare_grading(old.grading_yaml, new.grading_yaml),
        *_files(old.files, new.files),
    ]
    return tuple(_bounded(change) for change in sorted(changes, key=lambda each: -_LEVELS.index(each.level)))


def _bounded(change: ContentChange) -> ContentChange:
    """Names in a package may be as long as the package."""
    return change.model_copy(update={"name": change.name[:_LONGEST_NAME], "detail": change.detail[:_LONGEST_NAME]})


def _devices(old: ContentPackage, new: ContentPackage) -> Iterator[ContentChange]:
    if old.content_xml == new.content_xml:
        return
    found = False
    for label, how, before, after in differences(_devices_of(old), _devices_of(new)):
        found = True
        detail = _device_detail(before, after) if before and after else ""
        yield ContentChange(what="device", name=label, change=how, level=ChangeLevel.MINOR, detail=detail)
    if not found:
        yield ContentChange(what="file", name="content.xml", change="changed", level=ChangeLevel.PATCH)


def _devices_of(package: ContentPackage) -> dict[str, VisibleDevice]:
    return {device.device_label: device for device in parse_visible_devices(package.content_xml, None)}


def _device_detail(old: VisibleDevice, new: VisibleDevice) -> str:
    return ", ".join(
        f"{name} {getattr(old, name)!r} → {getattr(new, name)!r}"
        for name in ("access_mode", "category")
        if getattr(old, name) != getattr(new, name)
    )


def _files(old: tuple[PackageFile, ...], new: tuple[PackageFile, ...]) -> Iterator[ContentChange]:
    before = {file.path: file.sha256 for file in old}
    after = {file.path: file.sha256 for file in new}
    for path, how, _, _ in differences(before, after):
        folders = path.split("/")[:-1]
        what = "task" if _TASKS in folders else "asset" if _ASSETS in folders else "file"
        level = ChangeLevel.MINOR if what == "task" and how != "changed" else ChangeLevel.PATCH
        yield ContentChange(what=what, name=path, change=how, level=level)


def differences(old: Mapping[str, T], new: Mapping[str, T]) -> Iterator[tuple[str, str, T | None, T | None]]:
    """(name, added, removed or changed, before, after) for everything that is not the same, in the order of names."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        yield name, "added" if name not in old else "removed" if name not in new else "changed", before, after
