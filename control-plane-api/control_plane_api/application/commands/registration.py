"""Which handler handles which command."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from control_plane_api.application.commands.audit.registration import register_audit_exports
from control_plane_api.application.commands.inbound_event.keep_inbound_events_command import (
    KeepInboundEventsCommand,
    KeepInboundEventsCommandHandler,
)
from control_plane_api.application.commands.inbound_event.replay_inbound_event_command import (
    ReplayInboundEventCommand,
    ReplayInboundEventCommandHandler,
)
from control_plane_api.application.commands.inbound_event.settle_inbound_events_command import (
    SettleInboundEventsCommand,
    SettleInboundEventsCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.registration import register_lablet_definition_commands
from control_plane_api.application.commands.lablet_session.registration import register_sessions
from control_plane_api.application.commands.notification.registration import register_notifications
from control_plane_api.application.commands.operations.registration import register_operations
from control_plane_api.application.commands.reservation.registration import register_booking
from control_plane_api.application.commands.subscription.registration import (
    MOST_SUBSCRIPTIONS,
    register_subscriptions,
)
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
    UpdateSystemSettingsCommandHandler,
)
from control_plane_api.application.commands.warm_pool.registration import register_warm_pools
from control_plane_api.application.commands.worker.registration import (
    register_care,
    register_operators_commands,
    register_workers,
)
from control_plane_api.application.commands.worker_template.create_worker_template_command import (
    CreateWorkerTemplateCommand,
    CreateWorkerTemplateCommandHandler,
)
from control_plane_api.application.commands.worker_template.follow_template_file_command import (
    FollowTemplateFileCommand,
    FollowTemplateFileCommandHandler,
)
from control_plane_api.application.commands.worker_template.update_worker_template_command import (
    UpdateWorkerTemplateCommand,
    UpdateWorkerTemplateCommandHandler,
)
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.fleet_book import Fleet
from lcm_core.application.mediator import Mediator
from lcm_core.sealing import Vault


def _random_id() -> str:
    return str(uuid4())


def register_commands(
    mediator: Mediator,
    read: ReadSide,
    fleet: Fleet,
    *,
    new_id: Callable[[], str] = _random_id,
    vault: Vault | None = None,
    most_subscriptions: int = MOST_SUBSCRIPTIONS,
) -> None:
    """*fleet* is what bookings are admitted on; *new_id* makes ids for what has none of its own; *vault* seals.

    *most_subscriptions* is how many an owner may have.
    """
    vault = vault or Vault(())
    promises = register_booking(mediator, read, fleet, new_id, vault)
    register_sessions(mediator, promises)
    register_workers(mediator, read)
    register_operators_commands(mediator, read, new_id)
    _register_inbound_events(mediator, read)
    _register_catalogue(mediator, read, vault)
    register_subscriptions(mediator, read, vault, new_id, most_subscriptions)
    register_care(mediator, read)
    register_warm_pools(mediator, read)
    register_operations(mediator)
    register_audit_exports(mediator)
    register_notifications(mediator)


def _register_catalogue(mediator: Mediator, read: ReadSide, vault: Vault) -> None:
    register_lablet_definition_commands(mediator, read, vault)
    mediator.register_command(CreateWorkerTemplateCommand, CreateWorkerTemplateCommandHandler())
    mediator.register_command(UpdateWorkerTemplateCommand, UpdateWorkerTemplateCommandHandler())
    mediator.register_command(FollowTemplateFileCommand, FollowTemplateFileCommandHandler())
    mediator.register_command(UpdateSystemSettingsCommand, UpdateSystemSettingsCommandHandler())


def _register_inbound_events(mediator: Mediator, read: ReadSide) -> None:
    mediator.register_command(KeepInboundEventsCommand, KeepInboundEventsCommandHandler())
    mediator.register_command(SettleInboundEventsCommand, SettleInboundEventsCommandHandler(read.inbound_events))
    mediator.register_command(ReplayInboundEventCommand, ReplayInboundEventCommandHandler())
