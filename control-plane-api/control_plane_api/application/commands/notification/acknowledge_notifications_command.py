"""Somebody knows of what operators were told."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.notification_records import keep_record, parts_of, record_now
from control_plane_api.domain.entities import Notification
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.notifications import AcknowledgedNotifications, AcknowledgeNotifications


@dataclass(frozen=True, slots=True)
class AcknowledgeNotificationsCommand(Command[AcknowledgedNotifications]):
    request: AcknowledgeNotifications


class AcknowledgeNotificationsCommandHandler:
    async def handle(
        self, command: AcknowledgeNotificationsCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> AcknowledgedNotifications:
        """Raises NotFound, and RuleViolation for one that is cleared."""
        stamp = stamp_of(ctx)
        wanted = dict(parts_of(id) for id in command.request.ids)
        loaded = await uow.load_many(Notification, list(wanted))
        acknowledged = 0
        for notification in loaded:
            if notification.acknowledge(wanted[notification.id], command.request.note, stamp):
                acknowledged += 1
                keep_record(uow, notification)
        return AcknowledgedNotifications(
            acknowledged=acknowledged, notifications=[record_now(notification) for notification in loaded]
        )
