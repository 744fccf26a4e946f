"""Every event of a replay waits to be sent."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import Subscription
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.subscriptions import ReplayResult


@dataclass(frozen=True, slots=True)
class FinishReplayCommand(Command[Applied]):
    subscription_id: str
    result: ReplayResult


class FinishReplayCommandHandler:
    async def handle(self, command: FinishReplayCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound."""
        subscription = await uow.load(Subscription, command.subscription_id)
        return applied(subscription, subscription.finish_replay(command.result, stamp_of(ctx)))
