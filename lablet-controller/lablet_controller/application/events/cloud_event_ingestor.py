"""Applies inbound CloudEvents to sessions, each once, through control-plane-api."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog
from pydantic import ValidationError

from lablet_controller.application.events.content_events import ContentEvents
from lablet_controller.application.events.grading_events import GradingEvents
from lablet_controller.application.events.inbound_events import (
    BEFORE_READY,
    Handler,
    InboundEvent,
    NotYetApplicable,
    data_for_dead_letter,
)
from lablet_controller.application.events.lds_events import LdsEvents
from lablet_controller.application.ports.lds import Lds
from lcm_core.clock import Clock
from lcm_core.contracts.inbound_events import DeadLetter
from lcm_core.domain.errors import (
    Conflict,
    DomainError,
    IllegalTransition,
    InvalidInput,
    NotFound,
    VersionConflict,
)
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)
_received = meter("lablet_controller").create_counter(
    "lcm_inbound_events_total", description="Inbound CloudEvents by type and by what became of them."
)


class Fate(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    DEAD_LETTERED = "dead_lettered"


@dataclass(frozen=True, slots=True)
class Verdict:
    fate: Fate
    why: str = ""


class LabletCloudEventIngestor:
    """Stateless, and not bound to leadership: control-plane-api applies each (source, id) once.

    ``ingest`` returns only when the event's effect is durable, or when it is certain that it will never have one.
    """

    def __init__(self, control_plane: ControlPlaneApiClient, lds: Lds, clock: Clock) -> None:
        self._dead_letters = control_plane.inbound_events
        self._clock = clock
        self._handlers: Mapping[str, Handler] = {
            **LdsEvents(control_plane.sessions, lds, clock).handlers,
            **GradingEvents(control_plane.sessions, clock).handlers,
            **ContentEvents(control_plane.definitions).handlers,
        }

    @property
    def types(self) -> tuple[str, ...]:
        """Event types that change something here."""
        return tuple(self._handlers)

    async def ingest(self, event: InboundEvent) -> Verdict:
        """Raises a retryable ``FarEndError`` when the event could not be dealt with now: it must come again."""
        verdict = await self._dispatch(event)
        known = event.key.type if event.key.type in self._handlers else "other"
        _received.add(1, {"type": known, "fate": verdict.fate.value})
        level = log.warning if verdict.fate is Fate.DEAD_LETTERED else log.info
        level(
            "inbound_event",
            event_source=event.key.source,
            event_id=event.key.id,
            event_type=event.key.type,
            fate=verdict.fate.value,
            why=verdict.why,
        )
        return verdict

    async def _dispatch(self, event: InboundEvent) -> Verdict:
        handler = self._handlers.get(event.key.type)
        if handler is None:
            return Verdict(Fate.IGNORED, "nothing here listens to this type")
        try:
            applied = await handler(event)
        except ValidationError as error:
            return await self._dead_letter(event, f"its data is not valid: {_told(error)}")
        except NotFound as error:
            return Verdict(Fate.IGNORED, f"unknown session: {error.message}")
        except IllegalTransition as error:
            if error.source in BEFORE_READY:
                raise NotYetApplicable(event, f"session {error.id} is {error.source}") from error
            return await self._dead_letter(event, error.message)
        except VersionConflict as error:
            raise NotYetApplicable(event, "the session is being changed by others") from error
        except (DomainError, InvalidInput, Conflict) as error:
            return await self._dead_letter(event, error.message)
        return Verdict(Fate.APPLIED if applied.applied else Fate.UNCHANGED, applied.why)

    async def _dead_letter(self, event: InboundEvent, reason: str) -> Verdict:
        await self._dead_letters.dead_letter(
            DeadLetter(
                source=event.key.source,
                id=event.key.id,
                type=event.key.type,
                subject=event.subject,
                data=data_for_dead_letter(event.data),
                reason=reason[:2000],
                received_at=self._clock.now(),
            )
        )
        return Verdict(Fate.DEAD_LETTERED, reason)


def _told(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()[:10])
