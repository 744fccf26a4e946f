"""JSON files of one person in the platform's folder for settings: written whole, readable by nobody else."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock

from lcm_core.cli.api.problem import UsageProblem

_LOCK_SECONDS = 20


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


def locked(file: Path) -> FileLock:
    """Held while *file* is read, changed and written: two commands at once lose nothing. Any thread may let it go."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileLock(str(file.with_suffix(".lock")), timeout=_LOCK_SECONDS, mode=0o600, thread_local=False)
