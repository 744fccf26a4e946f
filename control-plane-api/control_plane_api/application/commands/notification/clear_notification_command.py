"""What operators were told of holds no more."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.notification_records import keep_record, parts_of
from control_plane_api.domain.entities import Notification
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class ClearNotificationCommand(Command[Applied]):
    """That very notification: the next one of its kind stays."""

    notification_id: str


class ClearNotificationCommandHandler:
    async def handle(self, command: ClearNotificationCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound."""
        id, number = parts_of(command.notification_id)
        notification = await uow.load(Notification, id)
        changed = notification.clear(number, stamp_of(ctx))
        if changed:
            keep_record(uow, notification)
        return applied(notification, changed)
