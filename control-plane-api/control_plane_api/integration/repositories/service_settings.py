"""What services run with, on MongoDB."""

from __future__ import annotations

from collections.abc import Sequence

from control_plane_api.application.services.service_settings import SERVICE_SETTINGS
from lcm_core.contracts.service_settings import ServiceSettingsReport
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors

_MOST = 200


class MongoServiceSettings:
    """``ServiceSettingsBook``."""

    def __init__(self, database: Database) -> None:
        self._reports = database[SERVICE_SETTINGS]

    async def reports(self) -> Sequence[ServiceSettingsReport]:
        with store_errors(f"reading {SERVICE_SETTINGS}"):
            found = await self._reports.find({}).limit(_MOST).to_list()
        reports = [ServiceSettingsReport.model_validate(each) for each in found]
        reports.sort(key=lambda report: report.reported_at, reverse=True)
        return sorted(reports, key=lambda report: report.service)
