"""Book one lab for one learner: the reservation, the session that serves it and its room, in one commit."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.conditions import OnlyOnce
from control_plane_api.application.services.booking import Booker, Booking
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.reservations import CreateReservation, ReservationAnswer
from lcm_core.domain.errors import LcmError


@dataclass(frozen=True, slots=True)
class CreateReservationCommand(Command[ReservationAnswer]):
    """``once``: the key under which it may be made once."""

    owner_id: str
    request: CreateReservation
    once: OnlyOnce | None = None


class CreateReservationCommandHandler:
    def __init__(self, booker: Booker) -> None:
        self._booker = booker

    async def handle(
        self, command: CreateReservationCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> ReservationAnswer:
        """The same external id of the same owner answers with the booking made before.

        Raises NotFound, RuleViolation when the definition is not ACTIVE, InvalidInput for an impossible time,
        CapacityRefused with reasons and alternatives, Conflict when the external id stands for another one.
        """
        booking = Booking(command.owner_id, command.request, ctx, once=command.once)
        (answer,) = await self._booker.book(uow, [booking], stamp_of(ctx).at)
        if isinstance(answer, LcmError):
            raise answer
        return answer
