"""An instance of a service tells what it runs with: kept beside the event log, for people."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.service_settings import REPORTED_ON, SERVICE_SETTINGS
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.service_settings import ReportSettings
from lcm_core.domain.json_form import instant_text, to_json_form


@dataclass(frozen=True, slots=True)
class KeepServiceSettingsCommand(Command[Applied]):
    request: ReportSettings


class KeepServiceSettingsCommandHandler:
    async def handle(self, command: KeepServiceSettingsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        told, at = command.request, stamp_of(ctx).at
        document = {
            "_id": f"{told.service}/{told.instance}",
            **to_json_form(told),
            "reported_at": instant_text(at),
            REPORTED_ON: at,
        }
        uow.attach(SERVICE_SETTINGS, document, upsert=True)
        return Applied(applied=True)
