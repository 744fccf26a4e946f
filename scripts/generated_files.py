"""What every generator does with the files that it makes: write them, or tell which are out of date."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def outdated(files: Mapping[Path, str]) -> list[Path]:
    """Those that are missing or hold another text."""
    return [file for file, text in files.items() if not file.exists() or file.read_text() != text]


def write_or_check(files: Mapping[Path, str], arguments: list[str]) -> int:
    """With ``--check`` nothing is written, and the exit code is 1 when a file is out of date."""
    old = outdated(files)
    if "--check" in arguments:
        for file in old:
            sys.stderr.write(f"{file.relative_to(ROOT)} is out of date: run `make generated`\n")
        return 1 if old else 0
    for file in old:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files[file])
    return 0
