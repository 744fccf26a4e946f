"""Write down the heads of all chains now, where the database cannot reach."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.audit_trail import Anchors
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.audit import AnchorSummary


@dataclass(frozen=True, slots=True)
class MakeAnchorCommand(Command[AnchorSummary]):
    pass


class MakeAnchorCommandHandler:
    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors

    async def handle(self, command: MakeAnchorCommand, uow: UnitOfWork, ctx: CommandContext) -> AnchorSummary:
        """Changes no aggregate. Raises ``Conflict`` without a bucket, ``FarEndError`` when it does not answer."""
        del command, uow
        return await self._anchors.make(ctx.metadata().at, ctx.actor)
