"""Bookings of different people that came at one time, in one commit: each with an answer, and a fate, of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.booking import Booker, Booking
from control_plane_api.application.services.booking_answers import Answer
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class BookTogetherCommand(Command[list[Answer]]):
    bookings: tuple[Booking, ...]
    decided: Callable[[], None] | None = None
    """Called when all is decided and the database is about to be given it to write; again when that is repeated."""


class BookTogetherCommandHandler:
    def __init__(self, booker: Booker) -> None:
        self._booker = booker

    async def handle(self, command: BookTogetherCommand, uow: UnitOfWork, ctx: CommandContext) -> list[Answer]:
        """As each would have been answered alone; errors are answers here.

        Raises DuplicateDocument when one of them comes under a key that was used: that one is to be taken out.
        """
        answers = await self._booker.book(uow, command.bookings, stamp_of(ctx).at)
        if command.decided is not None:
            command.decided()
        return answers
