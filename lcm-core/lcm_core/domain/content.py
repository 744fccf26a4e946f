"""What a content package is called and by what it is known: pure rules that every service shares."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

MAX_BUCKET_LENGTH = 63
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


def content_bucket(form_qualified_name: str) -> str:
    """The bucket of a form: its name in small letters, spaces and dots as single dashes, anything else left out.

    Raises ValueError when what is left cannot be the name of a bucket (3 to 63 characters); such a form needs a bucket
    that is named explicitly.
    """
    slug = re.sub(r"[^a-z0-9-]", "", re.sub(r"[\s.]", "-", form_qualified_name.lower()))
    slug = re.sub(r"-{2,}", "-", slug).strip("-")
    if not _BUCKET.fullmatch(slug):
        raise ValueError(
            f"{form_qualified_name!r} gives the bucket name {slug!r}; a bucket's name has 3 to {MAX_BUCKET_LENGTH} "
            "letters, digits and dashes. Name the bucket of this definition explicitly."
        )
    return slug


def content_hash(topology_yaml: str, content_xml: str, grading_yaml: str, files: Iterable[tuple[str, str]] = ()) -> str:
    """SHA-256 over the three texts and the other files, given as (path, SHA-256).

    Each text goes in with its length, so that no two sets of texts run together into one. Without other files it is the
    hash that definitions had before packages.
    """
    digest = hashlib.sha256()
    others = [part for path, sha256 in sorted(files) for part in (path, sha256)]
    for text in (topology_yaml, content_xml, grading_yaml, *others):
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()
