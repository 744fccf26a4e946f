"""The real commands of control-plane-api behind the client that lablet-controller uses, without HTTP and database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import BaseModel

from control_plane_api.application.commands.inbound_event import (
    keep_inbound_events_command as keeping,
)
from control_plane_api.application.commands.inbound_event import (
    settle_inbound_events_command as settling,
)
from control_plane_api.application.commands.lablet_session import (
    collection_completed_command as collected,
)
from control_plane_api.application.commands.lablet_session import (
    grading_completed_command as scored,
)
from control_plane_api.application.commands.lablet_session import (
    grading_review_requested_command as reviewed,
)
from control_plane_api.application.commands.lablet_session import (
    grading_submitted_command as submitted,
)
from control_plane_api.application.commands.lablet_session import (
    handle_session_ended_command as ended,
)
from control_plane_api.application.commands.lablet_session import (
    handle_session_paused_command as paused,
)
from control_plane_api.application.commands.lablet_session import (
    handle_session_resumed_command as resumed,
)
from control_plane_api.application.commands.lablet_session import (
    handle_session_started_command as started,
)
from control_plane_api.application.commands.lablet_session import (
    mark_session_ready_command as ready,
)
from control_plane_api.application.services.inbound_events import INBOUND_EVENTS, PARKED_FOR, record_of
from control_plane_api.domain.entities import LabletSession, UserSession, read_model_of
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.testing.builders import a_session
from control_plane_api.testing.memory_store import MemoryStore
from lcm_core.application.context import CommandContext
from lcm_core.contracts import sessions as contracts
from lcm_core.contracts.inbound_events import InboundEventRecord, KeepInboundEvents, SettleInboundEvents
from lcm_core.domain.errors import NotFound
from lcm_core.domain.json_form import instant_text
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.testing.manual_clock import ManualClock

ACTIONS: Mapping[str, tuple[type[BaseModel], Any, Any]] = {
    "mark-ready": (contracts.MarkSessionReady, ready.MarkSessionReadyCommand, ready.MarkSessionReadyCommandHandler),
    "session-started": (
        contracts.SessionStarted,
        started.HandleSessionStartedCommand,
        started.HandleSessionStartedCommandHandler,
    ),
    "session-paused": (
        contracts.SessionPaused,
        paused.HandleSessionPausedCommand,
        paused.HandleSessionPausedCommandHandler,
    ),
    "session-resumed": (
        contracts.SessionResumed,
        resumed.HandleSessionResumedCommand,
        resumed.HandleSessionResumedCommandHandler,
    ),
    "session-ended": (
        contracts.SessionEnded,
        ended.HandleSessionEndedCommand,
        ended.HandleSessionEndedCommandHandler,
    ),
    "collection-completed": (
        contracts.CollectionCompleted,
        collected.CollectionCompletedCommand,
        collected.CollectionCompletedCommandHandler,
    ),
    "grading-submitted": (
        contracts.GradingSubmitted,
        submitted.GradingSubmittedCommand,
        submitted.GradingSubmittedCommandHandler,
    ),
    "grading-review-requested": (
        contracts.GradingReviewRequested,
        reviewed.GradingReviewRequestedCommand,
        reviewed.GradingReviewRequestedCommandHandler,
    ),
    "grading-completed": (
        contracts.GradingCompleted,
        scored.GradingCompletedCommand,
        scored.GradingCompletedCommandHandler,
    ),
}


class MemoryPlane:
    """Implements ``JsonTransport`` for one session, ``session-1``, and ``ParkedCounts``."""

    session_id = "session-1"

    def __init__(self, at: datetime) -> None:
        self.clock = ManualClock(at)
        self.store = MemoryStore()
        session = a_session(id=self.session_id, stamp=Stamp(at=at, by="lms"))
        session.schedule("worker-1", (), "decision-1", Stamp(at=at, by="scheduler"))
        session.start_instantiation(Stamp(at=at, by="lablet-controller"))

        async def book(uow: Any, _ctx: CommandContext) -> None:
            uow.add(session)

        self.store.run(self._context(), book)

    @property
    def client(self) -> ControlPlaneApiClient:
        return ControlPlaneApiClient(self)

    def session(self) -> LabletSessionReadModel:
        return read_model_of(self.store.get(LabletSession, self.session_id), LabletSessionReadModel)

    def events(self) -> list[InboundEventRecord]:
        return [record_of(document) for document in self._documents()]

    async def request(self, method: str, path: str, *, json: Any = None, **_: Any) -> Any:
        await asyncio.sleep(0)
        group, first, *rest = path.removeprefix("/api/internal/").split("/")
        if group == "inbound-events":
            return await self._inbound(method, first, rest, json)
        if method == "GET":
            return self._found(first, rest).model_dump(mode="json")
        return (await self.act(rest[0], json)).model_dump(mode="json")

    async def act(self, action: str, body: Any) -> Any:
        model, command, handler = ACTIONS[action]
        request = command(self.session_id, body if isinstance(body, model) else model.model_validate(body))
        return await self._run(handler(), request)

    async def parked_counts(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        return {id: sum(each.get(PARKED_FOR) == id for each in self._documents()) for id in session_ids}

    def _found(self, first: str, rest: Sequence[str]) -> LabletSessionReadModel:
        session = self.session()
        known = session.lds_session_id == rest[0] if first == "by-lds" else session.id == first
        if not known:
            raise NotFound("session", first)
        return session

    async def _inbound(self, method: str, first: str, rest: Sequence[str], json: Any) -> Any:
        if method == "POST" and first == "kept":
            keep = keeping.KeepInboundEventsCommand(KeepInboundEvents.model_validate(json))
            kept = await self._run(keeping.KeepInboundEventsCommandHandler(), keep)
            return [each.model_dump(mode="json") for each in kept]
        if method == "POST":
            settle = settling.SettleInboundEventsCommand(SettleInboundEvents.model_validate(json))
            settled = await self._run(settling.SettleInboundEventsCommandHandler(self), settle)
            return settled.model_dump(mode="json")
        now = instant_text(self.clock.now())
        if first == "due":
            found = [each for each in self._documents() if each.get("due_at", "~") <= now]
        else:
            found = [each for each in self._documents() if each.get(PARKED_FOR) == rest[0]]
        return [record_of(each).model_dump(mode="json") for each in found]

    async def _run(self, handler: Any, command: Any) -> Any:
        answer, _ = await self.store.run_here(self._context(), lambda uow, ctx: handler.handle(command, uow, ctx))
        return answer

    def _context(self) -> CommandContext:
        return CommandContext(actor="lablet-controller", correlation_id=uuid4().hex, at=self.clock.now())

    def _documents(self) -> list[Mapping[str, Any]]:
        return [document for (name, _), document in self.store.attached.items() if name == INBOUND_EVENTS]

    def delivery(self) -> UserSession:
        [found] = self.store.all(UserSession)
        return found
