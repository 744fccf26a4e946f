"""What became of kept events: applied or not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from control_plane_api.application.services.inbound_events import INBOUND_EVENTS, revise, settled
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import (
    MOST_PARKED_PER_SESSION,
    InboundEventStatus,
    InboundVerdict,
    SettleInboundEvents,
)

_PARKED = InboundEventStatus.PARKED


class ParkedCounts(Protocol):
    async def parked_counts(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        """How many events wait for each of the sessions; none is left out."""
        ...


@dataclass(frozen=True, slots=True)
class SettleInboundEventsCommand(Command[Applied]):
    request: SettleInboundEvents


class SettleInboundEventsCommandHandler:
    def __init__(self, counts: ParkedCounts) -> None:
        self._counts = counts

    async def handle(self, command: SettleInboundEventsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """What is settled already stays so. Events that nobody knows are passed over: their time is over."""
        verdicts, at = command.request.verdicts, ctx.metadata().at
        known = await uow.documents(INBOUND_EVENTS, list({verdict.id for verdict in verdicts}))
        changed = False
        for verdict in await self._within_bounds(verdicts, known):
            document = known.get(verdict.id)
            new = settled(document, verdict, at) if document is not None else None
            if new is not None:
                revise(uow, new)
                changed = True
        return Applied(applied=changed, why="" if changed else "no_change")

    async def _within_bounds(
        self, verdicts: Sequence[InboundVerdict], known: Mapping[str, Mapping[str, Any]]
    ) -> Sequence[InboundVerdict]:
        """The last verdict on each event; parking for a session that has too many parked makes dead letters."""
        last = {verdict.id: verdict for verdict in verdicts}
        parking = {
            verdict.id: verdict.session_id
            for verdict in last.values()
            if verdict.status is _PARKED and verdict.session_id and _newly(verdict, known)
        }
        if not parking:
            return list(last.values())
        counts = dict(await self._counts.parked_counts(list(set(parking.values()))))
        for id, session_id in parking.items():
            counts[session_id] = counts.get(session_id, 0) + 1
            if counts[session_id] > MOST_PARKED_PER_SESSION:
                last[id] = _too_many(last[id])
        return list(last.values())


def _newly(verdict: InboundVerdict, known: Mapping[str, Mapping[str, Any]]) -> bool:
    return known.get(verdict.id, {}).get("status") != _PARKED


def _too_many(verdict: InboundVerdict) -> InboundVerdict:
    reason = f"{MOST_PARKED_PER_SESSION} events wait for session {verdict.session_id} already; {verdict.reason}"
    changes = {"status": InboundEventStatus.DEAD_LETTERED, "reason": reason[:2000], "retry_seconds": None}
    return verdict.model_copy(update=changes)
