"""Keeps inbound CloudEvents, then applies them to sessions, each once, through control-plane-api."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from lablet_controller.application.events.content_events import ContentEvents
from lablet_controller.application.events.event_verdicts import IngestPolicy, verdict_on
from lablet_controller.application.events.grading_events import GradingEvents
from lablet_controller.application.events.inbound_events import Handler
from lablet_controller.application.events.lds_events import LdsEvents
from lablet_controller.application.ports.lds import Lds
from lcm_core.clock import Clock
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import (
    InboundEvent,
    InboundEventRecord,
    InboundEventStatus,
    InboundVerdict,
    KeepInboundEvents,
    SettleInboundEvents,
)
from lcm_core.domain.errors import LcmError
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)
_received = meter("lablet_controller").create_counter(
    "lcm_inbound_events_total", description="Inbound CloudEvents by type and by what became of them."
)
_MADE_BEFORE = "duplicate"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one event of a request. *known* when it had come before; *why* where it changed nothing."""

    event: InboundEvent
    status: InboundEventStatus
    known: bool
    why: str = ""


class LabletCloudEventIngestor:
    """Stateless, and not bound to leadership: control-plane-api keeps each (source, id) once and applies it once."""

    def __init__(
        self, control_plane: ControlPlaneApiClient, lds: Lds, clock: Clock, policy: IngestPolicy | None = None
    ) -> None:
        self._inbound = control_plane.inbound_events
        self._clock = clock
        self._policy = policy or IngestPolicy()
        marking = {
            **LdsEvents(control_plane.sessions, lds, clock).handlers,
            **GradingEvents(control_plane.sessions, clock).handlers,
        }
        # What they change says in the same commit that the event was applied; of any other it has to be said.
        self._marked_by_commit = frozenset(marking)
        self._handlers: Mapping[str, Handler] = marking | dict(ContentEvents(control_plane.definitions).handlers)

    @property
    def types(self) -> tuple[str, ...]:
        """Event types that change something here."""
        return tuple(self._handlers)

    async def receive(self, events: Sequence[InboundEvent], sender: str = "") -> list[Receipt]:
        """Keep *events* in one round trip, then apply as many as there is time for; the rest is tried again later.

        Raises a retryable ``FarEndError`` when they could not be kept: they must come again.
        """
        if not events:
            return []
        policy = self._policy
        kept = await self._inbound.keep(
            KeepInboundEvents(
                events=tuple(events),
                sender=sender,
                first_look_seconds=policy.apply_seconds * 2,
                give_up_seconds=policy.parked_seconds,
            )
        )
        fresh = {each.id: each for each in kept if each.status is InboundEventStatus.RECEIVED and each.attempts == 0}
        verdicts = await self.apply(list(fresh.values()), policy.apply_seconds)
        receipts: list[Receipt] = []
        for event, record in zip(events, kept, strict=True):
            verdict = verdicts.get(record.id)
            known = fresh.pop(record.id, None) is None
            status, why = (verdict.status, verdict.reason) if verdict else (record.status, record.reason)
            receipts.append(Receipt(event, status, known, why))
        return receipts

    async def apply(self, records: Sequence[InboundEventRecord], seconds: float) -> Mapping[str, InboundVerdict]:
        """Verdicts by id on those of *records* for which *seconds* were enough; each is on record, or due again."""
        verdicts: dict[str, InboundVerdict] = {}
        unsettled: list[InboundVerdict] = []
        ends = self._clock.monotonic() + seconds
        for record in records:
            left = ends - self._clock.monotonic()
            if left <= 0:
                break
            verdict, applied = await self._judge(record, left)
            verdicts[record.id] = verdict
            marked = applied is not None and (applied.applied or applied.why == _MADE_BEFORE)
            if not (marked and record.type in self._marked_by_commit):
                unsettled.append(verdict)
            self._tell(record, verdict)
        await self._settle(unsettled)
        return verdicts

    async def _judge(self, record: InboundEventRecord, seconds: float) -> tuple[InboundVerdict, Applied | None]:
        """The verdict, and what the handler answered; None when it did not get to an answer."""
        handler = self._handlers.get(record.type)
        if handler is None:
            why = "nothing here listens to this type"
            return InboundVerdict(id=record.id, status=InboundEventStatus.IGNORED, reason=why), None
        try:
            async with asyncio.timeout(seconds):
                applied = await handler(record.event)
        except Exception as error:  # noqa: BLE001 - each has a verdict; what nobody foresaw is logged with its cause
            return verdict_on(error, record, self._policy, self._clock.now()), None
        if applied.applied:
            return InboundVerdict(id=record.id, status=InboundEventStatus.APPLIED), applied
        return InboundVerdict(id=record.id, status=InboundEventStatus.UNCHANGED, reason=applied.why), applied

    async def _settle(self, verdicts: Sequence[InboundVerdict]) -> None:
        if not verdicts:
            return
        try:
            await self._inbound.settle(SettleInboundEvents(verdicts=tuple(verdicts)))
        except LcmError as error:
            # They are kept and come up again by themselves.
            log.warning("inbound_events_not_settled", events=len(verdicts), reason=error.message)

    def _tell(self, record: InboundEventRecord, verdict: InboundVerdict) -> None:
        known = record.type if record.type in self._handlers else "other"
        _received.add(1, {"type": known, "fate": verdict.status.value})
        level = log.warning if verdict.status is InboundEventStatus.DEAD_LETTERED else log.info
        level(
            "inbound_event",
            event_source=record.source,
            event_id=record.event_id,
            event_type=record.type,
            session_id=verdict.session_id,
            fate=verdict.status.value,
            why=verdict.reason,
        )
