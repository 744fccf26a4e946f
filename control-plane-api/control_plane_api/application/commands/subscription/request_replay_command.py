"""Have events sent once more: those of a time, or dead letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.domain.entities import Subscription
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.subscriptions import ReplayEvents
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.subscriptions import ReplayOrder


@dataclass(frozen=True, slots=True)
class RequestReplayCommand(Command[ReplayOrder]):
    """``events`` of a time, or else dead letters: those of ``event_ids``, or all."""

    subscription_id: str
    events: ReplayEvents | None = None
    event_ids: tuple[str, ...] = ()


class RequestReplayCommandHandler:
    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id

    async def handle(self, command: RequestReplayCommand, uow: UnitOfWork, ctx: CommandContext) -> ReplayOrder:
        """Carried out within seconds by whoever leads.

        Raises NotFound, InvalidInput for a time to come, RuleViolation once it has ended, Conflict for one too many.
        """
        stamp, asked = stamp_of(ctx), command.events
        subscription = await uow.load(Subscription, command.subscription_id)
        if asked is not None and asked.since >= stamp.at:
            raise InvalidInput([InputProblem("/since", "lies in the future")], what="replay")
        order = ReplayOrder(
            id=self._new_id(),
            dead_letters=asked is None,
            since=asked.since if asked is not None else None,
            until=min(asked.until or stamp.at, stamp.at) if asked is not None else None,
            event_ids=command.event_ids,
            requested_at=stamp.at,
            requested_by=stamp.by,
        )
        subscription.request_replay(order, stamp)
        return order
