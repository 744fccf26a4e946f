"""Who carries out what concerns the services themselves."""

from __future__ import annotations

from control_plane_api.application.commands.operations.finish_maintenance_command import (
    FinishMaintenanceCommand,
    FinishMaintenanceCommandHandler,
)
from control_plane_api.application.commands.operations.keep_service_settings_command import (
    KeepServiceSettingsCommand,
    KeepServiceSettingsCommandHandler,
)
from control_plane_api.application.commands.operations.pause_reconciler_command import (
    PauseReconcilerCommand,
    PauseReconcilerCommandHandler,
)
from control_plane_api.application.commands.operations.record_maintenance_progress_command import (
    RecordMaintenanceProgressCommand,
    RecordMaintenanceProgressCommandHandler,
)
from control_plane_api.application.commands.operations.record_maintenance_stage_command import (
    RecordMaintenanceStageCommand,
    RecordMaintenanceStageCommandHandler,
)
from control_plane_api.application.commands.operations.resign_reconciler_command import (
    ResignReconcilerCommand,
    ResignReconcilerCommandHandler,
)
from control_plane_api.application.commands.operations.resume_reconciler_command import (
    ResumeReconcilerCommand,
    ResumeReconcilerCommandHandler,
)
from control_plane_api.application.commands.operations.start_maintenance_command import (
    StartMaintenanceCommand,
    StartMaintenanceCommandHandler,
)
from control_plane_api.application.commands.operations.trigger_reconciler_command import (
    TriggerReconcilerCommand,
    TriggerReconcilerCommandHandler,
)
from lcm_core.application.mediator import Mediator


def register_operations(mediator: Mediator) -> None:
    mediator.register_command(KeepServiceSettingsCommand, KeepServiceSettingsCommandHandler())
    mediator.register_command(PauseReconcilerCommand, PauseReconcilerCommandHandler())
    mediator.register_command(ResumeReconcilerCommand, ResumeReconcilerCommandHandler())
    mediator.register_command(TriggerReconcilerCommand, TriggerReconcilerCommandHandler())
    mediator.register_command(ResignReconcilerCommand, ResignReconcilerCommandHandler())
    mediator.register_command(StartMaintenanceCommand, StartMaintenanceCommandHandler())
    mediator.register_command(RecordMaintenanceStageCommand, RecordMaintenanceStageCommandHandler())
    mediator.register_command(RecordMaintenanceProgressCommand, RecordMaintenanceProgressCommandHandler())
    mediator.register_command(FinishMaintenanceCommand, FinishMaintenanceCommandHandler())
