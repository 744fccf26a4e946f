"""Do a machine image, or the images a template will pick, satisfy a requirement?"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from lcm_core.domain.values import AmiRequirement

Version = tuple[int, ...]
_DOTTED_NUMBERS = re.compile(r"\d+(?:\.\d+)+")
# A pattern promises another one when it matches whatever its stars stand for: nothing, and more than one character.
_STAR_SAMPLES = ("", "xx")


def version_in(text: str | None) -> Version | None:
    """The first dotted number in *text* ("CML-2.9.1-build.7" is (2, 9, 1)), None when there is none."""
    found = _DOTTED_NUMBERS.search(text or "")
    return tuple(int(part) for part in found.group().split(".")) if found else None


def _at_least(version: Version, least: Version) -> bool:
    """2.9 is as good as 2.9.0."""
    width = max(len(version), len(least))
    return version + (0,) * (width - len(version)) >= least + (0,) * (width - len(least))


def _version_shortfall(known: Version | None, wanted: AmiRequirement, what: str) -> str | None:
    least = version_in(wanted.min_version)
    if least is None:
        return None
    if known is None:
        return f"{what} has no known version, {wanted.min_version} or later is wanted"
    return None if _at_least(known, least) else f"{what} is older than {wanted.min_version}"


def image_mismatch(ami_name: str, cml_version: str | None, wanted: AmiRequirement) -> str | None:
    """Why the image of a running worker will not do; None when it does."""
    if not fnmatchcase(ami_name, wanted.name_pattern):
        return f"image {ami_name} does not match {wanted.name_pattern}"
    return _version_shortfall(version_in(ami_name) or version_in(cml_version), wanted, f"image {ami_name}")


def promise_mismatch(offered: AmiRequirement, wanted: AmiRequirement) -> str | None:
    """Why images chosen by *offered* may not satisfy *wanted*; None when every one of them does.

    Fails closed: a template that cannot promise the version is not taken for one that can.
    """
    promised = all(
        fnmatchcase(offered.name_pattern.replace("*", sample), wanted.name_pattern) for sample in _STAR_SAMPLES
    )
    if not promised:
        return f"images {offered.name_pattern} need not match {wanted.name_pattern}"
    least = version_in(offered.min_version) or version_in(offered.name_pattern)
    return _version_shortfall(least, wanted, f"an image {offered.name_pattern}")
