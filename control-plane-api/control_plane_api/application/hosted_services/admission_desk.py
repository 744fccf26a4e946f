"""Where bookings queue when many come at one time: those that wait while one commit is under way make the next.

A commit costs the database about the same for one booking and for fifty, so a crowd is answered in a few of them. Each
booking keeps its own answer, its own place in the log and its own key. In a crowd the answers of one commit are sent
while the database writes the next: either would wait for the other otherwise.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from opentelemetry import metrics

from control_plane_api.application.commands.reservation.book_together_command import BookTogetherCommand
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.conditions import IDEMPOTENCY_KEYS, conditions_here
from control_plane_api.application.services.booking import Booking
from control_plane_api.application.services.booking_answers import Answer
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Mediator, current_traceparent
from lcm_core.contracts.reservations import CreateReservation, ReservationAnswer
from lcm_core.domain.errors import Conflict, DuplicateDocument, FarEndError, LcmError
from lcm_core.observability.correlation import new_correlation_id

DESK = "admission-desk"
"""Actor of the commits of workers that take several bookings at once; their events name who booked."""

_LONGEST_HOLD_SECONDS = 0.25
"""How long an answer may be kept back while the next group is decided."""

_group_size = metrics.get_meter("control_plane_api.admission").create_histogram(
    "lcm_admission_group_size", unit="{booking}", description="Bookings that were admitted together in one commit"
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    booking: Booking
    answer: asyncio.Future[ReservationAnswer]


class AdmissionDesk:
    """A hosted service: ``book`` is answered while ``run`` runs."""

    name = "admission-desk"

    def __init__(self, mediator: Mediator, *, largest_group: int) -> None:
        self._mediator = mediator
        self._largest_group = largest_group
        self._waiting: deque[_Waiting] = deque()
        self._answered: list[tuple[_Waiting, Answer]] = []
        self._somebody_waits = asyncio.Event()
        self.idle = asyncio.Event()
        """Set while nobody waits for an answer."""
        self.idle.set()

    async def book(self, owner_id: str, request: CreateReservation, ctx: CommandContext) -> ReservationAnswer:
        """As ``CreateReservationCommand``, under the conditions that are set where it is called."""
        ctx = ctx if ctx.traceparent else replace(ctx, traceparent=current_traceparent())
        booking = Booking(owner_id, request, ctx, once=conditions_here().only_once)
        waiting = _Waiting(booking, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self.idle.clear()
        self._somebody_waits.set()
        return await waiting.answer

    async def run(self) -> None:
        try:
            while True:
                await self._somebody_waits.wait()
                group = self._next_group()
                if group:
                    await self._serve(group)
                if not self._waiting:
                    self._tell()
                    self.idle.set()
        finally:
            self._tell()
            self.idle.set()
            self._turn_away(self._waiting)

    def _next_group(self) -> list[_Waiting]:
        """The next ones in line, without those who left; of those under one key only the first."""
        group: list[_Waiting] = []
        later: list[_Waiting] = []
        keys: set[str] = set()
        while self._waiting and len(group) < self._largest_group:
            waiting = self._waiting.popleft()
            once = waiting.booking.once
            if waiting.answer.done():
                continue
            if once is not None and once.id in keys:
                later.append(waiting)
                continue
            group.append(waiting)
            if once is not None:
                keys.add(once.id)
        self._waiting.extendleft(reversed(later))
        if not self._waiting:
            self._somebody_waits.clear()
        return group

    async def _serve(self, group: Sequence[_Waiting]) -> None:
        """Answer everybody of *group*; what one of them spoils is done again without it, or one by one."""
        try:
            answers = await self._together(group)
        except DuplicateDocument as error:
            await self._without_the_repeated(group, error)
        except (Conflict, FarEndError) as error:
            _fail(group, error)
        except asyncio.CancelledError:
            self._turn_away(group)
            raise
        except Exception as error:  # noqa: BLE001 - told to whom it concerns; the others are served
            if len(group) == 1:
                _fail(group, error)
                return
            for waiting in group:
                await self._serve([waiting])
        else:
            if not self._answered:
                asyncio.get_running_loop().call_later(_LONGEST_HOLD_SECONDS, self._tell)
            self._answered += zip(group, answers, strict=True)

    async def _together(self, group: Sequence[_Waiting]) -> list[Answer]:
        _group_size.record(len(group))
        (first, *others) = group
        if not others:
            self._tell()
            alone = first.booking
            command = CreateReservationCommand(alone.owner_id, alone.request, alone.once)
            return [await self._mediator.execute(command, alone.context)]
        together = CommandContext(actor=DESK, correlation_id=new_correlation_id())
        bookings = tuple(each.booking for each in group)
        return await self._mediator.execute(BookTogetherCommand(bookings, decided=self._tell), together)

    def _tell(self) -> None:
        """Everybody whose booking is written."""
        answered, self._answered = self._answered, []
        for waiting, answer in answered:
            _answer(waiting, answer)

    async def _without_the_repeated(self, group: Sequence[_Waiting], error: DuplicateDocument) -> None:
        """The key of one of them was used meanwhile: that one is told so, the others are served."""
        ours = error.collection == IDEMPOTENCY_KEYS
        repeated = [each for each in group if ours and each.booking.once and each.booking.once.id == error.id]
        _fail(repeated or group, error)
        rest = [each for each in group if not each.answer.done()]
        if rest:
            await self._serve(rest)

    @staticmethod
    def _turn_away(waiting: Sequence[_Waiting] | deque[_Waiting]) -> None:
        _fail(list(waiting), FarEndError(DESK, "The service is stopping; send the booking again.", retryable=True))


def _answer(waiting: _Waiting, answer: Answer) -> None:
    if waiting.answer.done():
        return
    if isinstance(answer, LcmError):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
