"""Opens what a learner needs to log in to the devices, for the moment in which the delivery system is told."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from lcm_core.contracts.definitions import ContentPackage
from lcm_core.sealing import Vault


def usernames(package: ContentPackage) -> Mapping[str, str]:
    """User names by the label of the device."""
    return {each.device_label: each.username for each in package.device_credentials if each.username}


def passwords(package: ContentPackage, vault: Vault) -> Mapping[str, SecretStr]:
    """Passwords by the label of the device. Raises ``NoSealingKey``, ``SealedTextBroken``."""
    return {
        each.device_label: SecretStr(vault.open(each.sealed_password, each.context_of(package.hash)))
        for each in package.device_credentials
        if each.sealed_password
    }
