"""What anybody may ask of a small fleet is asked of this record: the real command handlers on a store in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import reservation_id, session_id
from control_plane_api.testing.builders import a_definition, a_session, a_worker
from control_plane_api.testing.memory_store import MemoryStore
from control_plane_api.testing.registered_handlers import RegisteredHandlers, StaleFleet
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.contracts.base import Applied
from lcm_core.domain.enums import LicenseStatus, LicenseType
from lcm_core.domain.errors import LcmError
from lcm_core.domain.values import ResourceVector, WorkerLicense

R = TypeVar("R")
SESSIONS = tuple(f"s{number}" for number in range(4))
WORKERS = ("w0", "w1")
ROOM_FOR_ONE = ResourceVector(cpu_cores=3, memory_gb=64, storage_gb=400, nodes=40, ports=3)
DEFINITION_ID = "def-1"
BOOKINGS = tuple(range(4))
BOOKED = tuple(session_id(reservation_id("lms", f"b{number}")) for number in BOOKINGS)
LICENCE = WorkerLicense(type=LicenseType.PERSONAL, status=LicenseStatus.REGISTERED)
NO_LICENCE = WorkerLicense(type=LicenseType.PERSONAL)


class BrokenRule(AssertionError):
    """Something happened that must not happen, whatever anybody asks for."""


def require(kept: bool, rule: str) -> None:
    if not kept:
        raise BrokenRule(rule)


class UnrulyRecord:
    """Four sessions whose slots overlap in part, others that may be booked, and workers with room for one at a time."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self._handlers = RegisteredHandlers(StaleFleet(self.store))
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

        async def begin(uow: Any, ctx: CommandContext) -> None:
            del ctx
            for number, id in enumerate(SESSIONS):
                # Slots that overlap in part: room is shared in time, and overruns happen.
                uow.add(a_session(id=id, stamp=Stamp(at=self.now + number * timedelta(minutes=30), by="booker")))
            for id in WORKERS:
                uow.add(a_worker(id=id, name=id, declared=ROOM_FOR_ONE))
            uow.add(a_definition(id=DEFINITION_ID))

        self.store.run(self._context(), begin)

    def _run(self, command: Command[R]) -> R:
        handler = self._handlers.of(command)
        return self.store.run(self._context(), lambda uow, ctx: handler.handle(command, uow, ctx))

    def _context(self) -> CommandContext:
        return CommandContext(actor="anybody", correlation_id="c", at=self.now)

    def _do(self, command: Command[Any]) -> bool:
        """Whether it changed anything; a refusal leaves everything as it was."""
        before = dict(self.store.documents)
        try:
            answer = self._run(command)
        except LcmError:
            require(self.store.documents == before, "a refused command changed something")
            return False
        changed = self.store.documents != before
        if isinstance(answer, Applied):
            require(answer.applied or not changed, "what changed nothing changed something")
            return answer.applied
        return changed

    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def crash_and_replay(self) -> None:
        """Everything that is not the log is lost and made from it again."""
        replayed = self.store.replayed()
        require(replayed == self.store.documents, "replay and stored state differ")
        self.store.documents = replayed
