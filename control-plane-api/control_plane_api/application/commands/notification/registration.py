"""Which handler handles which command on notifications."""

from __future__ import annotations

from control_plane_api.application.commands.notification.acknowledge_notifications_command import (
    AcknowledgeNotificationsCommand,
    AcknowledgeNotificationsCommandHandler,
)
from control_plane_api.application.commands.notification.clear_notification_command import (
    ClearNotificationCommand,
    ClearNotificationCommandHandler,
)
from control_plane_api.application.commands.notification.raise_notification_command import (
    RaiseNotificationCommand,
    RaiseNotificationCommandHandler,
)
from lcm_core.application.mediator import Mediator


def register_notifications(mediator: Mediator) -> None:
    mediator.register_command(AcknowledgeNotificationsCommand, AcknowledgeNotificationsCommandHandler())
    mediator.register_command(ClearNotificationCommand, ClearNotificationCommandHandler())
    mediator.register_command(RaiseNotificationCommand, RaiseNotificationCommandHandler())
