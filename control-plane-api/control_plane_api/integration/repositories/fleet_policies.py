"""The fleet policy from the system settings."""

from __future__ import annotations

from control_plane_api.application.queries.get_fleet_policy_query import CurrentFleetPolicy
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.domain.identities import SYSTEM_SETTINGS_ID
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors


class MongoFleetPolicies:
    """``FleetPolicies``."""

    def __init__(self, database: Database) -> None:
        self._settings = database["system_settings"]

    async def current(self) -> CurrentFleetPolicy:
        with store_errors("reading system_settings"):
            found = await self._settings.find_one({"_id": SYSTEM_SETTINGS_ID})
        if found is None:
            return CurrentFleetPolicy(version=0, policy=FleetPolicy())
        return CurrentFleetPolicy(version=found["version"], policy=FleetPolicy.model_validate(found["policy"]))
