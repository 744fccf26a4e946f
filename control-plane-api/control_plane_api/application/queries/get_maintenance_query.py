"""How far long work of one kind is, or what came of its last run."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, Field

from control_plane_api.application.read_side import MaintenanceProgressBook
from control_plane_api.application.rows import Rows
from control_plane_api.domain.identities import MAINTENANCE_ID
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models.operations import (
    MaintenanceKind,
    MaintenanceProgress,
    MaintenanceReadModel,
    MaintenanceRun,
    MaintenanceStatus,
)


class MaintenanceView(BaseModel):
    status: MaintenanceStatus
    run: MaintenanceRun | None = Field(description="The last one; null when there never was one.")
    progress: MaintenanceProgress | None = Field(description="Of the stage under way; null when none is.")


@dataclass(frozen=True, slots=True)
class GetMaintenanceQuery(Query[MaintenanceView]):
    kind: MaintenanceKind


class GetMaintenanceQueryHandler:
    def __init__(self, rows: Rows[MaintenanceReadModel], progress: MaintenanceProgressBook) -> None:
        self._rows = rows
        self._progress = progress

    async def handle(self, query: GetMaintenanceQuery) -> MaintenanceView:
        row = await self._rows.find(MAINTENANCE_ID)
        run = next((each for each in row.runs if each.kind is query.kind), None) if row is not None else None
        if run is None:
            return MaintenanceView(status=MaintenanceStatus.NEVER, run=None, progress=None)
        told = (await self._progress.progress([run.id])).get(run.id)
        running = run.status is MaintenanceStatus.RUNNING
        return MaintenanceView(status=run.status, run=run, progress=told if running else None)
