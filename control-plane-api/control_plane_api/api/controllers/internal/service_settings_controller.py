"""/api/internal/service-settings: services tell what they run with."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import ServiceContext
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.operations.keep_service_settings_command import KeepServiceSettingsCommand
from lcm_core.contracts.base import Applied
from lcm_core.contracts.service_settings import ReportSettings

router = APIRouter(prefix="/api/internal/service-settings", tags=["internal: service settings"])


@router.post("", summary="What an instance runs with, without secrets")
async def report_service_settings(body: ReportSettings, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(KeepServiceSettingsCommand(body), ctx)
