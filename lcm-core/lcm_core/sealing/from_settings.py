"""The vault that a service's settings describe."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from lcm_core.integration.kms import KmsKeys
from lcm_core.sealing.key_entries import key_entries
from lcm_core.sealing.vault import Vault
from lcm_core.settings import HttpUrlText


class SealingSettings(BaseSettings):
    """What a service that seals or opens needs; to be among the bases of its settings."""

    sealing_keys: SecretStr | None = Field(
        default=None,
        description="Keys that seal passwords of devices and secrets of subscriptions at rest, between spaces: "
        "id:base64 of 32 bytes, or id:kms:base64 as a KMS wrapped it. The first one seals, all open; "
        "`lcm secrets new-key` makes one. The same for control-plane-api and lablet-controller.",
    )
    sealing_kms_region: str | None = Field(
        default=None, description="AWS region of the KMS that wrapped sealing keys; by default as boto3 finds it."
    )
    sealing_kms_endpoint_url: HttpUrlText | None = Field(
        default=None, description="Address of the KMS where it is not AWS's own."
    )


def vault_from_settings(settings: SealingSettings) -> Vault:
    """Nothing is contacted before ``load``. Raises ValueError for keys that cannot be used."""
    entries = key_entries(settings.sealing_keys)

    def unwrap(wrapped: bytes) -> bytes:
        return KmsKeys(settings.sealing_kms_region, settings.sealing_kms_endpoint_url).unwrap(wrapped)

    return Vault(entries, unwrap)
