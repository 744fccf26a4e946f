"""Which handler handles which command of a warm pool."""

from __future__ import annotations

from control_plane_api.application.commands.warm_pool.change_warm_pool_command import (
    ChangeWarmPoolCommand,
    ChangeWarmPoolCommandHandler,
)
from control_plane_api.application.commands.warm_pool.change_warm_pool_status_command import (
    ChangeWarmPoolStatusCommand,
    ChangeWarmPoolStatusCommandHandler,
)
from control_plane_api.application.commands.warm_pool.create_warm_pool_command import (
    CreateWarmPoolCommand,
    CreateWarmPoolCommandHandler,
)
from control_plane_api.application.commands.warm_pool.discard_prepared_labs_command import (
    DiscardPreparedLabsCommand,
    DiscardPreparedLabsCommandHandler,
)
from control_plane_api.application.commands.warm_pool.lab_prepared_command import (
    LabPreparedCommand,
    LabPreparedCommandHandler,
)
from control_plane_api.application.commands.warm_pool.preparation_failed_command import (
    PreparationFailedCommand,
    PreparationFailedCommandHandler,
)
from control_plane_api.application.commands.warm_pool.prepare_lab_command import (
    PrepareLabCommand,
    PrepareLabCommandHandler,
)
from control_plane_api.application.commands.warm_pool.prepared_lab_removed_command import (
    PreparedLabRemovedCommand,
    PreparedLabRemovedCommandHandler,
)
from control_plane_api.application.read_side import ReadSide
from lcm_core.application.mediator import Mediator


def register_warm_pools(mediator: Mediator, read: ReadSide) -> None:
    mediator.register_command(ChangeWarmPoolCommand, ChangeWarmPoolCommandHandler())
    mediator.register_command(ChangeWarmPoolStatusCommand, ChangeWarmPoolStatusCommandHandler())
    mediator.register_command(CreateWarmPoolCommand, CreateWarmPoolCommandHandler(read.definitions))
    mediator.register_command(DiscardPreparedLabsCommand, DiscardPreparedLabsCommandHandler())
    mediator.register_command(LabPreparedCommand, LabPreparedCommandHandler())
    mediator.register_command(PreparationFailedCommand, PreparationFailedCommandHandler())
    mediator.register_command(PrepareLabCommand, PrepareLabCommandHandler())
    mediator.register_command(PreparedLabRemovedCommand, PreparedLabRemovedCommandHandler())
