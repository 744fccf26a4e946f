"""Has the room of a session that has not begun held anew: elsewhere, or at another time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from control_plane_api.application.services.admission import Admission, Held, Wish, refused
from control_plane_api.application.services.room import give_back
from control_plane_api.domain.entities import CMLWorker, LabletSession, read_model_of
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.placement.refusal import Refusal
from lcm_core.placement.snapshots import placement_request


@dataclass(frozen=True, slots=True)
class Replacement:
    """``worker`` holds the room now; it serves, or will when it is needed, unless it is ``late``."""

    worker: CMLWorker
    late: bool


class Promises:
    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def renew(
        self,
        uow: UnitOfWork,
        session: LabletSession,
        reason: str,
        stamp: Stamp,
        *,
        exclude: Collection[str] = (),
        late: bool = False,
    ) -> CMLWorker | Refusal:
        """The worker that holds the room of a PENDING *session* from now on, over its occupation as it is now.

        What was held before is given back, also when nobody can hold it now; what then becomes of the session is up to
        the caller. With *late* a worker that is up only after the start is better than none.
        """
        await give_back(uow, session.state.promised_worker_id, session.id, reason, stamp)
        request = placement_request(read_model_of(session, LabletSessionReadModel))
        found = await self._hold(uow, Wish(request, stamp), stamp, exclude)
        if isinstance(found, Refusal) and late and not request.asap:
            found = await self._hold(uow, Wish(replace(request, asap=True), stamp), stamp, exclude)
        if isinstance(found, Refusal):
            return found
        session.promise_moved(found.worker.id, reason, stamp)
        return found.worker

    async def elsewhere(
        self, uow: UnitOfWork, session: LabletSession, stamp: Stamp, *, exclude: Collection[str]
    ) -> Replacement | Refusal:
        """Room for a PENDING *session* held by somebody else as well; to be moved there, or nothing is to be kept.

        *exclude* has to name who holds it now. One that is up only after the start is better than one of which nobody
        knows when.
        """
        request = placement_request(read_model_of(session, LabletSessionReadModel))
        found = await self._hold(uow, Wish(request, stamp), stamp, exclude)
        late = request.asap or isinstance(found, Refusal)
        if isinstance(found, Refusal) and not request.asap:
            found = await self._hold(uow, Wish(replace(request, asap=True), stamp), stamp, exclude)
        return found if isinstance(found, Refusal) else Replacement(found.worker, late and not found.worker.placeable)

    async def require(self, uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> CMLWorker:
        """Like ``renew``; raises CapacityRefused with reasons and alternatives when nobody can hold it."""
        found = await self.renew(uow, session, reason, stamp)
        if isinstance(found, Refusal):
            raise refused(found, timedelta(seconds=session.state.lead_seconds), session.state.timeslot.duration)
        return found

    async def _hold(self, uow: UnitOfWork, wish: Wish, stamp: Stamp, exclude: Collection[str]) -> Held | Refusal:
        found = await self._admission.hold(uow, [wish], stamp.at, exclude=exclude)
        return found[wish.request.session_id]
