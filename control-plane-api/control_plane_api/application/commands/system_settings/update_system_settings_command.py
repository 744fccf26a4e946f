"""The limits that all commands obey from now on."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import SystemSettings
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.domain.identities import SYSTEM_SETTINGS_ID
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class UpdateSystemSettingsCommand(Command[Applied]):
    policy: FleetPolicy
    reason: str


class UpdateSystemSettingsCommandHandler:
    async def handle(self, command: UpdateSystemSettingsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        settings = await uow.find(SystemSettings, SYSTEM_SETTINGS_ID)
        if settings is None:
            settings = SystemSettings(SYSTEM_SETTINGS_ID)
            uow.add(settings)
        return applied(settings, settings.update(command.policy, command.reason, stamp_of(ctx)))
