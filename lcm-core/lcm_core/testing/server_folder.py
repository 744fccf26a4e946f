"""Where servers of a test keep their data: in memory where there is room, so that no test waits for a disk.

What tests kill are processes, never the machine; what was written is there for the next process all the same.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - each folder in it is made by tempfile, for its owner alone
_ROOM_BYTES = 4 * 1024**3


@contextlib.contextmanager
def server_folder(name: str, *, on_disk: bool = False) -> Generator[Path]:
    """An empty folder that goes away; on disk when asked, or when no file system in memory has 4 GB of room."""
    home = _MEMORY if not on_disk and _has_room(_MEMORY) else Path(tempfile.gettempdir())
    _remove_left_behind(home)
    with tempfile.TemporaryDirectory(prefix=f"lcm-{os.getpid()}-{name}-", dir=home, ignore_cleanup_errors=True) as made:
        yield Path(made)


def _has_room(place: Path) -> bool:
    return os.access(place, os.W_OK) and shutil.disk_usage(place).free >= _ROOM_BYTES


def _remove_left_behind(home: Path) -> None:
    """Those of runs that were killed before they could; only where it can be seen which processes there are."""
    if not Path("/proc/self").exists():
        return
    for folder in home.glob("lcm-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
