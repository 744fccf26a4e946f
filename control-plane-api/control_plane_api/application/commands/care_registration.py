"""Which handler handles which command about the size of the fleet."""

from __future__ import annotations

from control_plane_api.application.commands.fleet.record_scaling_findings_command import (
    RecordScalingFindingsCommand,
    RecordScalingFindingsCommandHandler,
)
from control_plane_api.application.commands.fleet.report_strays_command import (
    ReportStraysCommand,
    ReportStraysCommandHandler,
)
from control_plane_api.application.commands.worker.adopt_worker_command import (
    AdoptWorkerCommand,
    AdoptWorkerCommandHandler,
)
from control_plane_api.application.commands.worker.import_worker_command import (
    ImportWorkerCommand,
    ImportWorkerCommandHandler,
)
from control_plane_api.application.commands.worker.pass_drain_deadline_command import (
    PassDrainDeadlineCommand,
    PassDrainDeadlineCommandHandler,
)
from control_plane_api.application.commands.worker.retire_worker_command import (
    RetireWorkerCommand,
    RetireWorkerCommandHandler,
)
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.fleet_growth import FleetGrowth
from lcm_core.application.mediator import Mediator


def register_care(mediator: Mediator, read: ReadSide) -> None:
    growth = FleetGrowth(read.workers)
    mediator.register_command(RecordScalingFindingsCommand, RecordScalingFindingsCommandHandler(read.scaling))
    mediator.register_command(ReportStraysCommand, ReportStraysCommandHandler(read.scaling))
    mediator.register_command(RetireWorkerCommand, RetireWorkerCommandHandler(growth, read.scaling))
    mediator.register_command(PassDrainDeadlineCommand, PassDrainDeadlineCommandHandler())
    mediator.register_command(ImportWorkerCommand, ImportWorkerCommandHandler(growth))
    mediator.register_command(AdoptWorkerCommand, AdoptWorkerCommandHandler(growth))
