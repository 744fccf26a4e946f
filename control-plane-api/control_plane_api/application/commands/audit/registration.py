"""Which handler handles which command of the audit."""

from __future__ import annotations

from control_plane_api.application.commands.audit.begin_audit_export_command import (
    BeginAuditExportCommand,
    BeginAuditExportCommandHandler,
)
from control_plane_api.application.commands.audit.end_audit_export_command import (
    EndAuditExportCommand,
    EndAuditExportCommandHandler,
)
from control_plane_api.application.commands.audit.make_anchor_command import (
    MakeAnchorCommand,
    MakeAnchorCommandHandler,
)
from control_plane_api.application.services.audit_trail import Anchors
from lcm_core.application.mediator import Mediator


def register_audit_exports(mediator: Mediator) -> None:
    mediator.register_command(BeginAuditExportCommand, BeginAuditExportCommandHandler())
    mediator.register_command(EndAuditExportCommand, EndAuditExportCommandHandler())


def register_anchors(mediator: Mediator, anchors: Anchors) -> None:
    mediator.register_command(MakeAnchorCommand, MakeAnchorCommandHandler(anchors))
