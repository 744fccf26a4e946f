"""Print ``.env.example`` with a fresh value for every secret that it marks as generated.

Usage: ``python3 deploy/generate_env.py > .env``. Needs nothing but Python's own library.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / ".env.example"


def filled(example: str) -> str:
    """*example* with 48 hex digits behind each ``NAME=`` that follows a comment beginning with "generated".

    Hex digits need no quoting in a shell, a URL, YAML or JSON.
    """
    lines: list[str] = []
    generated = False
    for line in example.splitlines():
        lines.append(line + secrets.token_hex(24) if generated and line.endswith("=") else line)
        generated = line.startswith("# generated")
    return "\n".join(lines) + "\n"


def main() -> None:
    sys.stdout.write(filled(EXAMPLE.read_text()))


if __name__ == "__main__":
    main()
