"""Long work on what is derived from the log is to be done; whichever instance leads does it."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.operations import require_collections, the_maintenance
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.read_models.operations import MaintenanceKind


@dataclass(frozen=True, slots=True)
class StartMaintenanceCommand(Command[Applied]):
    run_id: str
    kind: MaintenanceKind
    reason: str
    collections: tuple[str, ...] = ()
    fresh: bool = False


class StartMaintenanceCommandHandler:
    async def handle(self, command: StartMaintenanceCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation while another run is under way, InvalidInput for a collection that there is not."""
        require_collections(command.collections)
        maintenance = await the_maintenance(uow)
        maintenance.start(
            command.run_id,
            command.kind,
            command.reason,
            stamp_of(ctx),
            collections=command.collections,
            fresh=command.fresh,
        )
        return applied(maintenance, True)
