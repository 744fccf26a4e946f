"""The version in the name of a machine image."""

from __future__ import annotations

import re

_DOTTED_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


def _numbers(text: str) -> tuple[int, ...] | None:
    found = _DOTTED_NUMBERS.search(text)
    return tuple(int(part) for part in found.group().split(".")) if found else None


def satisfies_version(image_name: str, min_version: str | None) -> bool:
    """Whether the first dotted number in *image_name* is *min_version* or later; without a number it is not."""
    least = _numbers(min_version or "")
    if least is None:
        return True
    version = _numbers(image_name)
    if version is None:
        return False
    width = max(len(version), len(least))
    return version + (0,) * (width - len(version)) >= least + (0,) * (width - len(least))
