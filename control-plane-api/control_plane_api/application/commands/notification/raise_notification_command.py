"""Something holds that operators want to know of."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.notification_records import keep_record
from control_plane_api.domain.entities import Condition, Notification
from control_plane_api.domain.identities import notification_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class RaiseNotificationCommand(Command[Applied]):
    """Told again while it holds, it changes nothing but what has changed: however many notice it, one is raised."""

    condition: Condition


class RaiseNotificationCommandHandler:
    async def handle(self, command: RaiseNotificationCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        found = command.condition
        id = notification_id(found.kind, found.subject)
        notification = await uow.find(Notification, id)
        if notification is None:
            notification = Notification(id)
            uow.add(notification)
        changed = notification.hold(found, stamp_of(ctx))
        if changed:
            keep_record(uow, notification)
        return applied(notification, changed)
