"""Secrets of subscriptions at rest: which keys they are sealed with, and sealing them anew."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from control_plane_api.application.webhooks.secrets import SEALED_WITH, SUBSCRIPTION_SECRETS, resealed
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.sealing import Vault, key_of

_SEALED = {SEALED_WITH: {"$gt": ""}}


async def subscriptions_by_key(database: Database) -> Mapping[str, int]:
    """How many subscriptions have secrets that were last sealed with each key."""
    counts: dict[str, int] = {}
    with store_errors(f"reading {SUBSCRIPTION_SECRETS}"):
        async for each in database[SUBSCRIPTION_SECRETS].find(_SEALED, {SEALED_WITH: 1}):
            counts[each[SEALED_WITH]] = counts.get(each[SEALED_WITH], 0) + 1
    return counts


async def reseal_subscriptions(database: Database, vault: Vault) -> AsyncGenerator[str]:
    """Seal with the current key what another one sealed; the id of each subscription as it is done.

    May be interrupted and run again, and may run while the system does: secrets that change meanwhile stay as they
    become, and are found by the next run. Raises what ``Vault`` raises.
    """
    secrets = database[SUBSCRIPTION_SECRETS]
    with store_errors(f"reading {SUBSCRIPTION_SECRETS}"):
        found = await secrets.find(_SEALED).to_list()
    for document in found:
        if {key_of(text) for text in document["sealed"].values()} == {vault.current_key}:
            continue
        anew = resealed(vault, document)
        with store_errors(f"resealing {SUBSCRIPTION_SECRETS}"):
            done = await secrets.update_one({"_id": document["_id"], "sealed": document["sealed"]}, {"$set": anew})
        if done.modified_count:
            yield document["_id"]
