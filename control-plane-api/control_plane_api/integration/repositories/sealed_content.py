"""Passwords of devices at rest: which keys they are sealed with, and sealing them anew."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from control_plane_api.application.services.definition_making import (
    CONTENT_PACKAGES,
    SEALED_WITH,
)
from control_plane_api.application.services.device_credentials import sealed_credentials
from lcm_core.contracts.definitions import DeviceCredential
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.sealing import Vault

_SEALED = {SEALED_WITH: {"$gt": ""}}
_IN_CLEAR = {SEALED_WITH: {"$exists": False}, "content_xml": {"$regex": "password="}}
IN_CLEAR = ""
"""In the place of a key: packages that were kept before passwords were sealed."""


async def packages_by_key(database: Database) -> Mapping[str, int]:
    """How many content packages are sealed with each key; under ``IN_CLEAR`` those that are not."""
    counts: dict[str, int] = {}
    with store_errors(f"reading {CONTENT_PACKAGES}"):
        async for each in database[CONTENT_PACKAGES].find(_SEALED, {SEALED_WITH: 1}):
            counts[each[SEALED_WITH]] = counts.get(each[SEALED_WITH], 0) + 1
        in_clear = len(await database[CONTENT_PACKAGES].find(_IN_CLEAR, {"_id": 1}).to_list())
    if in_clear:
        counts[IN_CLEAR] = in_clear
    return counts


async def reseal_packages(database: Database, vault: Vault) -> AsyncGenerator[str]:
    """Seal with the current key what another one sealed, or none; the hash of each package as it is done.

    May be interrupted and run again, and may run while the system does. Raises what ``Vault`` raises.
    """
    packages = database[CONTENT_PACKAGES]
    with store_errors(f"resealing {CONTENT_PACKAGES}"):
        found = await packages.find(_SEALED, {"device_credentials": 1, SEALED_WITH: 1}).to_list()
    for package in found:
        if package[SEALED_WITH] == vault.current_key:
            continue
        credentials = [_resealed(each, package["_id"], vault) for each in package["device_credentials"]]
        new = {"device_credentials": credentials, SEALED_WITH: vault.current_key}
        with store_errors(f"resealing {CONTENT_PACKAGES}"):
            await packages.update_one({"_id": package["_id"], SEALED_WITH: package[SEALED_WITH]}, {"$set": new})
        yield package["_id"]
    async for hash in _sealed_at_last(packages, vault):
        yield hash


async def _sealed_at_last(packages: AsyncCollection[Document], vault: Vault) -> AsyncGenerator[str]:
    with store_errors(f"reading {CONTENT_PACKAGES}"):
        found = await packages.find(_IN_CLEAR, {"content_xml": 1}).to_list()
    for package in found:
        content_xml, credentials = sealed_credentials(package["content_xml"], package["_id"], vault)
        if not any(each.sealed_password for each in credentials):
            continue
        kept = [each.model_dump(mode="json") for each in credentials]
        new = {"content_xml": content_xml, "device_credentials": kept, SEALED_WITH: vault.current_key}
        with store_errors(f"sealing {CONTENT_PACKAGES}"):
            await packages.update_one({"_id": package["_id"], SEALED_WITH: {"$exists": False}}, {"$set": new})
        yield package["_id"]


def _resealed(stored: Mapping[str, Any], content_hash: str, vault: Vault) -> dict[str, Any]:
    credential = DeviceCredential.model_validate(stored)
    if not credential.sealed_password:
        return dict(stored)
    sealed = vault.reseal(credential.sealed_password, credential.context_of(content_hash))
    return {**stored, "sealed_password": sealed}
