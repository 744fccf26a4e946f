"""Which handler handles which command on definitions."""

from __future__ import annotations

from control_plane_api.application.commands.lablet_definition.archive_lablet_definition_command import (
    ArchiveLabletDefinitionCommand,
    ArchiveLabletDefinitionCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.confirm_version_command import (
    ConfirmVersionCommand,
    ConfirmVersionCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.create_lablet_definition_command import (
    CreateLabletDefinitionCommand,
    CreateLabletDefinitionCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.deprecate_lablet_definition_command import (
    DeprecateLabletDefinitionCommand,
    DeprecateLabletDefinitionCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.record_consumer_refresh_command import (
    RecordConsumerRefreshCommand,
    RecordConsumerRefreshCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.reject_version_command import (
    RejectVersionCommand,
    RejectVersionCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.report_sync_failed_command import (
    ReportSyncFailedCommand,
    ReportSyncFailedCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.report_synced_content_command import (
    ReportSyncedContentCommand,
    ReportSyncedContentCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.request_content_sync_command import (
    RequestContentSyncCommand,
    RequestContentSyncCommandHandler,
)
from control_plane_api.application.read_side import ReadSide
from lcm_core.application.mediator import Mediator
from lcm_core.sealing import Vault


def register_lablet_definition_commands(mediator: Mediator, read: ReadSide, vault: Vault) -> None:
    mediator.register_command(ArchiveLabletDefinitionCommand, ArchiveLabletDefinitionCommandHandler())
    mediator.register_command(ConfirmVersionCommand, ConfirmVersionCommandHandler(read.content))
    mediator.register_command(CreateLabletDefinitionCommand, CreateLabletDefinitionCommandHandler(vault))
    mediator.register_command(DeprecateLabletDefinitionCommand, DeprecateLabletDefinitionCommandHandler())
    mediator.register_command(RecordConsumerRefreshCommand, RecordConsumerRefreshCommandHandler())
    mediator.register_command(RejectVersionCommand, RejectVersionCommandHandler())
    mediator.register_command(ReportSyncFailedCommand, ReportSyncFailedCommandHandler())
    mediator.register_command(ReportSyncedContentCommand, ReportSyncedContentCommandHandler(read.content, vault))
    mediator.register_command(RequestContentSyncCommand, RequestContentSyncCommandHandler())
