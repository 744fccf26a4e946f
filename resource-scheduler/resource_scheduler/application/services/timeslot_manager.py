"""The one owner of the slot clock: begins, warns and ends sessions when their time has come, and never earlier.

What is due when stands in ``resource_scheduler.domain.deadlines``; here it is done. A session's next deadline waits in
the queue of this loop, which is a heap of timers; nothing is scanned.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.reconcile import Done, RequeueAfter, Result
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.server_clock import ServerClock
from resource_scheduler.application.services.slot_deeds import SlotDeeds
from resource_scheduler.domain.deadlines import (
    CLOCKED_STATUSES,
    Deadline,
    Deed,
    SlotFacts,
    SlotPolicy,
    deadlines,
    due,
)

log = structlog.stdlib.get_logger(__name__)

_PAUSE_SECONDS = 5.0
"""After a deed that the record did not take: whoever was faster is seen at the next look."""
_ARMED_TOLERANCE_SECONDS = 1.0


class TimeslotManager:
    """Implements ``Reconciler``; the key is a session's id.

    *due_in* tells in how many seconds a key comes back by itself (None: not at all): the resync only handles sessions
    whose timer is missing or late.
    """

    def __init__(
        self,
        sessions: SessionsApi,
        fleet: FleetView,
        deeds: SlotDeeds,
        *,
        clock: ServerClock,
        policy: SlotPolicy,
        due_in: Callable[[str], float | None] = lambda _key: None,
    ) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._deeds = deeds
        self._clock = clock
        self._policy = policy
        self._due_in = due_in

    async def list_keys(self) -> list[str]:
        now = await self._clock.sync()
        rows = await self._sessions.list(sorted(CLOCKED_STATUSES))
        return [row.id for row in rows if self._needs_a_timer(await self._facts(row, now))]

    async def reconcile(self, key: str) -> Result:
        done: set[Deed] = set()
        while True:
            now = await self._clock.sync()
            try:
                session = await self._sessions.get(key)
            except NotFound:
                return Done()
            facts = await self._facts(session, now)
            has_come = due(facts)
            if not has_come:
                return self._rest(facts)
            deadline = has_come[0]
            if deadline.deed in done:
                return RequeueAfter(_PAUSE_SECONDS, f"{deadline.deed} to be seen in the record")
            done.add(deadline.deed)
            await self._do(deadline, facts)

    async def begin_if_due(self, session: LabletSessionReadModel) -> None:
        """For who has just placed *session* on a worker that serves: nothing is waited for when its time has come."""
        now = await self._clock.sync()
        if session.occupation().start <= now:
            await self._do(Deadline(session.occupation().start, Deed.BEGIN), SlotFacts(session, now, self._policy))

    async def _do(self, deadline: Deadline, facts: SlotFacts) -> None:
        try:
            answer = await self._deeds.do(deadline.deed, facts)
        except (DomainError, NotFound) as overtaken:
            # moved, rescheduled or ended since it was read
            scheduler_metrics.slot_deed(deadline.deed, "refused")
            log.info("deadline_overtaken", session_id=facts.session.id, deed=deadline.deed.value, reason=str(overtaken))
            return
        if not answer.applied:
            # placed and begun in one call, or done by a leader before
            scheduler_metrics.slot_deed(deadline.deed, "unchanged")
            return
        late = (facts.now - deadline.at).total_seconds()
        scheduler_metrics.slot_deed(deadline.deed, "done", late_seconds=late)
        log.info("deadline_met", session_id=facts.session.id, deed=deadline.deed.value, late_seconds=round(late, 3))

    async def _facts(self, session: LabletSessionReadModel, now: datetime) -> SlotFacts:
        worker = await self._fleet.worker(session.worker_id) if session.worker_id else None
        if worker is None:
            return SlotFacts(session, now, self._policy)
        held = next((each for each in worker.allocations if each.session_id == session.id), None)
        return SlotFacts(session, now, self._policy, held, worker.placeable)

    def _rest(self, facts: SlotFacts) -> Result:
        ahead = min(deadlines(facts), key=lambda each: each.at, default=None)
        if ahead is None:
            return Done()
        return RequeueAfter((ahead.at - facts.now).total_seconds(), f"the time to {ahead.deed}")

    def _needs_a_timer(self, facts: SlotFacts) -> bool:
        ahead = min(deadlines(facts), key=lambda each: each.at, default=None)
        if ahead is None:
            return False
        armed = self._due_in(facts.session.id)
        return armed is None or armed > (ahead.at - facts.now).total_seconds() + _ARMED_TOLERANCE_SECONDS
