"""Secrets at rest: sealed with AES-GCM under named keys, from the environment or from a KMS."""

from __future__ import annotations

from lcm_core.sealing.key_entries import KeyEntry, key_entries, new_local_entry, wrapped_entry
from lcm_core.sealing.vault import NoSealingKey, SealedTextBroken, Vault, key_of

__all__ = [
    "KeyEntry",
    "NoSealingKey",
    "SealedTextBroken",
    "Vault",
    "key_entries",
    "key_of",
    "new_local_entry",
    "wrapped_entry",
]
