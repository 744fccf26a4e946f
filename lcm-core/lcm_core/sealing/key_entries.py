"""Sealing keys as they stand in a setting: ``id:<base64>``, or ``id:kms:<base64>`` for one that a KMS has wrapped."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass, field

from pydantic import SecretStr

KEY_BYTES = 32
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_WRAPPED = "kms:"


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """*content* is the key itself, or what the KMS made of it."""

    id: str
    content: bytes = field(repr=False)
    wrapped: bool = False


def key_entries(text: SecretStr | None) -> tuple[KeyEntry, ...]:
    """Entries between spaces; the first one seals, all of them open. Raises ValueError, which quotes no key."""
    found: list[KeyEntry] = []
    for number, part in enumerate((text.get_secret_value() if text else "").split(), 1):
        id, _, rest = part.partition(":")
        if not _ID.fullmatch(id) or not rest:
            raise ValueError(f"sealing key {number} is not of the form id:base64 or id:kms:base64")
        if any(id == each.id for each in found):
            raise ValueError(f"two sealing keys are called {id!r}")
        wrapped = rest.startswith(_WRAPPED)
        found.append(KeyEntry(id, _bytes_of(id, rest.removeprefix(_WRAPPED), wrapped=wrapped), wrapped))
    return tuple(found)


def _bytes_of(id: str, encoded: str, *, wrapped: bool) -> bytes:
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError(f"sealing key {id!r} is not base64") from None
    if not wrapped and len(content) != KEY_BYTES:
        raise ValueError(f"sealing key {id!r} has {len(content)} bytes, not {KEY_BYTES}")
    return content


def new_local_entry(id: str) -> str:
    """The setting's text for a new random key."""
    return f"{id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def wrapped_entry(id: str, wrapped: bytes) -> str:
    return f"{id}:{_WRAPPED}{base64.b64encode(wrapped).decode()}"
