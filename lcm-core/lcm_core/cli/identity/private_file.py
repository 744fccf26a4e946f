"""JSON files of one person in the platform's folder for settings: written whole, readable by nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock, Timeout

from lcm_core.cli.api.problem import CliError, UsageProblem
from lcm_core.cli.exit_codes import ExitCode

LOCK_SECONDS = 20.0


class FileBusy(CliError):
    """Another command has had the file for too long."""

    exit_code = ExitCode.CONFLICT

    def __init__(self, file: Path, lock: str) -> None:
        super().__init__(
            f"{file} is being changed by another command for more than {LOCK_SECONDS:g} s. Does an `lcm` hang? "
            f"The lock is {lock}.",
            code="file-busy",
        )


def config_folder() -> Path:
    """``LCM_CONFIG_DIR``, or where the platform keeps a person's settings."""
    given = os.environ.get("LCM_CONFIG_DIR")
    return Path(given) if given else Path(platformdirs.user_config_dir("lcm", appauthor=False))


def read_json(file: Path) -> dict[str, Any]:
    """Empty when there is no such file. Raises UsageProblem when it is not what was written."""
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageProblem(f"{file} cannot be read: {error}. Mend it, or remove it and set up anew.") from error
    if not isinstance(found, dict):
        raise UsageProblem(f"{file} holds no JSON object. Mend it, or remove it and set up anew.")
    return found  # pyright: ignore[reportUnknownVariableType]


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Named only when it is written whole; mode 0600 from its first byte."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=2)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@contextmanager
def locked(file: Path) -> Generator[None]:
    """Held while *file* is read, changed and written: two commands at once lose nothing. Raises FileBusy."""
    lock = _lock_of(file)
    _acquire(lock, file)
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def locked_beside(file: Path) -> AsyncGenerator[None]:
    """The same, waited for in a thread."""
    lock = _lock_of(file)
    await asyncio.to_thread(_acquire, lock, file)
    try:
        yield
    finally:
        lock.release()


def _lock_of(file: Path) -> FileLock:
    """Any thread may let it go."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileLock(str(file.with_suffix(".lock")), mode=0o600, thread_local=False)


def _acquire(lock: FileLock, file: Path) -> None:
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise FileBusy(file, lock.lock_file) from error
