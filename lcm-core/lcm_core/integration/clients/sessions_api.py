"""Sessions on the internal API."""

from __future__ import annotations

from collections.abc import Iterable

from lcm_core.contracts.base import Applied
from lcm_core.contracts.lab_nodes import ObserveNodes
from lcm_core.contracts.sessions import (
    AdjustOccupation,
    BindLab,
    CollectionCompleted,
    DeviceCollection,
    GiveUpRecovery,
    GradingCompleted,
    GradingFailed,
    GradingReviewRequested,
    GradingSubmitted,
    MarkSessionArchived,
    MarkSessionReady,
    MarkSessionStopped,
    PromiseAnswer,
    PromiseCapacity,
    RecordPlacementDecision,
    RecordStep,
    ReportPromiseAtRisk,
    ScheduleSession,
    SessionEnded,
    SessionFaulted,
    SessionHostLost,
    SessionPaused,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    StartCollection,
    StopSession,
    UnscheduleSession,
    WarnSessionEnding,
)
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import GradingSessionReadModel, LabletSessionReadModel, UserSessionReadModel
from lcm_core.integration.clients.transport import InternalApi, JsonTransport, Params


class SessionsApi(InternalApi):
    """Reads and writes of lablet sessions and their children."""

    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "sessions")

    async def list(
        self, statuses: Iterable[LabletSessionStatus] = (), *, worker_id: str | None = None
    ) -> list[LabletSessionReadModel]:
        """Sessions in any of *statuses* (all live ones when none is named), oldest first."""
        params: dict[str, str | list[str]] = {"status": [status.value for status in statuses]}
        if worker_id is not None:
            params["worker_id"] = worker_id
        typed: Params = params
        return await self._list(LabletSessionReadModel, params=typed)

    async def get(self, session_id: str) -> LabletSessionReadModel:
        return await self._get(LabletSessionReadModel, session_id)

    async def get_by_lds_session(self, lds_session_id: str) -> LabletSessionReadModel:
        return await self._get(LabletSessionReadModel, "by-lds", lds_session_id)

    async def user_session(self, session_id: str) -> UserSessionReadModel:
        return await self._get(UserSessionReadModel, session_id, "user-session")

    async def grading_session(self, session_id: str) -> GradingSessionReadModel:
        return await self._get(GradingSessionReadModel, session_id, "grading-session")

    async def evidence(self, session_id: str) -> list[DeviceCollection]:
        return await self._list(DeviceCollection, session_id, "evidence")

    async def schedule(self, session_id: str, body: ScheduleSession) -> Applied:
        """Raises CapacityRefused with the shortfalls when the worker has no room any more."""
        return await self._post(Applied, session_id, "schedule", body=body)

    async def promise(self, session_id: str, body: PromiseCapacity) -> PromiseAnswer:
        """Raises CapacityRefused when the worker that was named cannot hold the room."""
        return await self._post(PromiseAnswer, session_id, "promise", body=body)

    async def promise_at_risk(self, session_id: str, body: ReportPromiseAtRisk) -> PromiseAnswer:
        """Told once for each worker; told again, the room is only looked for elsewhere again."""
        return await self._post(PromiseAnswer, session_id, "promise-at-risk", body=body)

    async def adjust_occupation(self, session_id: str, body: AdjustOccupation) -> Applied:
        return await self._post(Applied, session_id, "adjust-occupation", body=body)

    async def warn_ending(self, session_id: str, body: WarnSessionEnding) -> Applied:
        return await self._post(Applied, session_id, "warn-ending", body=body)

    async def record_placement_decision(self, session_id: str, body: RecordPlacementDecision) -> Applied:
        return await self._post(Applied, session_id, "placement-decision", body=body)

    async def unschedule(self, session_id: str, body: UnscheduleSession) -> Applied:
        return await self._post(Applied, session_id, "unschedule", body=body)

    async def host_lost(self, session_id: str, body: SessionHostLost) -> Applied:
        return await self._post(Applied, session_id, "host-lost", body=body)

    async def recovered(self, session_id: str, body: SessionRecovered) -> Applied:
        return await self._post(Applied, session_id, "recovered", body=body)

    async def give_up_recovery(self, session_id: str, body: GiveUpRecovery) -> Applied:
        return await self._post(Applied, session_id, "give-up-recovery", body=body)

    async def start_instantiation(self, session_id: str) -> Applied:
        return await self._post(Applied, session_id, "start-instantiation")

    async def record_step(self, session_id: str, body: RecordStep) -> Applied:
        return await self._post(Applied, session_id, "steps", body=body)

    async def bind_lab(self, session_id: str, body: BindLab) -> Applied:
        return await self._post(Applied, session_id, "bind-lab", body=body)

    async def observe_nodes(self, session_id: str, body: ObserveNodes) -> Applied:
        return await self._post(Applied, session_id, "nodes", body=body)

    async def grant_other_ports(self, session_id: str) -> Applied:
        """Not applied when its ports are all its own; raises CapacityRefused when there are no others."""
        return await self._post(Applied, session_id, "other-ports")

    async def mark_session_ready(self, session_id: str, body: MarkSessionReady) -> Applied:
        return await self._post(Applied, session_id, "mark-ready", body=body, method="PUT")

    async def notify_session_started(self, session_id: str, body: SessionStarted) -> Applied:
        return await self._post(Applied, session_id, "session-started", body=body)

    async def notify_session_ended(self, session_id: str, body: SessionEnded) -> Applied:
        return await self._post(Applied, session_id, "session-ended", body=body)

    async def notify_session_paused(self, session_id: str, body: SessionPaused) -> Applied:
        return await self._post(Applied, session_id, "session-paused", body=body)

    async def notify_session_resumed(self, session_id: str, body: SessionResumed) -> Applied:
        return await self._post(Applied, session_id, "session-resumed", body=body)

    async def notify_session_faulted(self, session_id: str, body: SessionFaulted) -> Applied:
        return await self._post(Applied, session_id, "session-faulted", body=body)

    async def start_collection(self, session_id: str, body: StartCollection) -> Applied:
        return await self._post(Applied, session_id, "start-collection", body=body)

    async def collection_completed(self, session_id: str, body: CollectionCompleted) -> Applied:
        return await self._post(Applied, session_id, "collection-completed", body=body)

    async def grading_submitted(self, session_id: str, body: GradingSubmitted) -> Applied:
        return await self._post(Applied, session_id, "grading-submitted", body=body)

    async def grading_review_requested(self, session_id: str, body: GradingReviewRequested) -> Applied:
        return await self._post(Applied, session_id, "grading-review-requested", body=body)

    async def grading_completed(self, session_id: str, body: GradingCompleted) -> Applied:
        return await self._post(Applied, session_id, "grading-completed", body=body)

    async def grading_failed(self, session_id: str, body: GradingFailed) -> Applied:
        return await self._post(Applied, session_id, "grading-failed", body=body)

    async def stop(self, session_id: str, body: StopSession) -> Applied:
        return await self._post(Applied, session_id, "stop", body=body)

    async def mark_stopped(self, session_id: str, body: MarkSessionStopped) -> Applied:
        return await self._post(Applied, session_id, "stopped", body=body)

    async def mark_archived(self, session_id: str, body: MarkSessionArchived) -> Applied:
        return await self._post(Applied, session_id, "archived", body=body)

    async def complete_termination(self, session_id: str) -> Applied:
        return await self._post(Applied, session_id, "complete-termination")
