"""Seals short texts so that who reads the database reads nothing.

A sealed text names its key, so that old keys go on opening what they sealed while new ones are in use. It is bound to
its context: moved to another place, it does not open.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lcm_core.domain.errors import FarEndError, LcmError
from lcm_core.sealing.key_entries import KEY_BYTES, KeyEntry

_MARK = "sealed"
_NONCE_BYTES = 12

Unwrap = Callable[[bytes], bytes]
"""Asks a KMS for the key that it wrapped; blocks. Raises ``FarEndError``."""


class NoSealingKey(FarEndError):
    """Retryable: whoever runs the service has to give it the key."""

    def __init__(self, key_id: str = "") -> None:
        what = f"sealing key {key_id!r} is not among the keys of this service" if key_id else "no sealing key is set"
        super().__init__(
            "sealing",
            f"{what[0].upper()}{what[1:]}; add it to the setting …_SEALING_KEYS.",
            retryable=True,
            code="sealing-key-missing",
            facts={"key_id": key_id},
        )


class SealedTextBroken(LcmError):
    """It was changed, moved from its place, or sealed with another key of the same name."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"A text sealed with key {key_id!r} does not open: it was changed or belongs elsewhere.",
            code="sealed-text-broken",
            facts={"key_id": key_id},
        )


class Vault:
    """The first of *entries* seals, all of them open. Wrapped ones are there after ``load``."""

    def __init__(self, entries: Sequence[KeyEntry], unwrap: Unwrap | None = None) -> None:
        self._entries = tuple(entries)
        self._unwrap = unwrap
        self._ciphers = {each.id: AESGCM(each.content) for each in entries if not each.wrapped}

    async def load(self) -> None:
        """Have the KMS unwrap what it wrapped. Raises ``FarEndError``, ``NoSealingKey`` where no KMS is set."""
        for entry in self._entries:
            if entry.id in self._ciphers:
                continue
            if self._unwrap is None:
                raise NoSealingKey(entry.id)
            key = await asyncio.to_thread(self._unwrap, entry.content)
            if len(key) != KEY_BYTES:
                raise SealedTextBroken(entry.id)
            self._ciphers[entry.id] = AESGCM(key)

    @property
    def current_key(self) -> str | None:
        """Id of the key that seals; None when there is no key at all."""
        return self._entries[0].id if self._entries else None

    def seal(self, text: str, context: str) -> str:
        """Raises ``NoSealingKey``."""
        key_id = self.current_key
        cipher = self._cipher(key_id or "")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = cipher.encrypt(nonce, text.encode(), context.encode())
        return f"{_MARK}:{key_id}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, context: str) -> str:
        """Raises ``NoSealingKey`` and ``SealedTextBroken``; neither tells anything of the text."""
        key_id, content = _parts(sealed)
        cipher = self._cipher(key_id)
        try:
            return cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError):
            raise SealedTextBroken(key_id) from None

    def reseal(self, sealed: str, context: str) -> str:
        """The same text under the current key."""
        return self.seal(self.open(sealed, context), context)

    def _cipher(self, key_id: str) -> AESGCM:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise NoSealingKey(key_id)
        return cipher


def key_of(sealed: str) -> str:
    """Id of the key that *sealed* was sealed with. Raises ``SealedTextBroken``."""
    return _parts(sealed)[0]


def _parts(sealed: str) -> tuple[str, bytes]:
    mark, _, rest = sealed.partition(":")
    key_id, _, encoded = rest.partition(":")
    try:
        content = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if mark != _MARK or not key_id or len(content) <= _NONCE_BYTES:
        raise SealedTextBroken(key_id)
    return key_id, content
