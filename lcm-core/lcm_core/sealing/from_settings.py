"""The vault that a service's settings describe."""

from __future__ import annotations

from typing import Protocol

from pydantic import SecretStr

from lcm_core.integration.kms import KmsKeys
from lcm_core.sealing.key_entries import key_entries
from lcm_core.sealing.vault import Vault


class SealingSettings(Protocol):
    @property
    def sealing_keys(self) -> SecretStr | None: ...

    @property
    def sealing_kms_region(self) -> str | None: ...

    @property
    def sealing_kms_endpoint_url(self) -> str | None: ...


def vault_from_settings(settings: SealingSettings) -> Vault:
    """Nothing is contacted before ``load``. Raises ValueError for keys that cannot be used."""
    entries = key_entries(settings.sealing_keys)

    def unwrap(wrapped: bytes) -> bytes:
        return KmsKeys(settings.sealing_kms_region, settings.sealing_kms_endpoint_url).unwrap(wrapped)

    return Vault(entries, unwrap)
