"""Who carries out what concerns bookings."""

from __future__ import annotations

from collections.abc import Callable

from control_plane_api.application.commands.reservation.book_together_command import (
    BookTogetherCommand,
    BookTogetherCommandHandler,
)
from control_plane_api.application.commands.reservation.cancel_reservation_command import (
    CancelReservationCommand,
    CancelReservationCommandHandler,
)
from control_plane_api.application.commands.reservation.create_reservation_batch_command import (
    CreateReservationBatchCommand,
    CreateReservationBatchCommandHandler,
)
from control_plane_api.application.commands.reservation.create_reservation_command import (
    CreateReservationCommand,
    CreateReservationCommandHandler,
)
from control_plane_api.application.commands.reservation.extend_reservation_command import (
    ExtendReservationCommand,
    ExtendReservationCommandHandler,
)
from control_plane_api.application.commands.reservation.reschedule_reservation_command import (
    RescheduleReservationCommand,
    RescheduleReservationCommandHandler,
)
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.admission import Admission
from control_plane_api.application.services.booking import Booker
from control_plane_api.application.services.fleet_book import Fleet
from control_plane_api.application.services.promises import Promises
from control_plane_api.application.webhooks.sinks import Sinks
from lcm_core.application.mediator import Mediator
from lcm_core.sealing import Vault


def register_booking(
    mediator: Mediator, read: ReadSide, fleet: Fleet, new_id: Callable[[], str], vault: Vault
) -> Promises:
    admission = Admission(fleet)
    booker, promises = Booker(admission, read.times, new_id, Sinks(vault)), Promises(admission)
    mediator.register_command(CreateReservationCommand, CreateReservationCommandHandler(booker))
    mediator.register_command(BookTogetherCommand, BookTogetherCommandHandler(booker))
    mediator.register_command(CreateReservationBatchCommand, CreateReservationBatchCommandHandler(booker, new_id))
    mediator.register_command(RescheduleReservationCommand, RescheduleReservationCommandHandler(promises))
    mediator.register_command(ExtendReservationCommand, ExtendReservationCommandHandler(promises))
    mediator.register_command(CancelReservationCommand, CancelReservationCommandHandler())
    return promises
