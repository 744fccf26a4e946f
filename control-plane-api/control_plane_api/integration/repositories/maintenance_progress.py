"""How far long work is, as it was last told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from control_plane_api.application.services.operations import MAINTENANCE_PROGRESS
from lcm_core.domain.read_models.operations import MaintenanceProgress
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors


class MongoMaintenanceProgress:
    """``MaintenanceProgressBook``: one document for each run, by its id."""

    def __init__(self, db: Database) -> None:
        self._collection = db[MAINTENANCE_PROGRESS]

    async def progress(self, run_ids: Sequence[str]) -> Mapping[str, MaintenanceProgress]:
        with store_errors("reading the progress of maintenance"):
            found = await self._collection.find({"_id": {"$in": list(run_ids)}}).to_list()
        return {str(each["_id"]): MaintenanceProgress.model_validate(each) for each in found}
