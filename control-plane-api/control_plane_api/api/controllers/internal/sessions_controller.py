"""/api/internal/sessions: what the reconcilers read and report of sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_plane_api.api.access import Service, ServiceContext
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.lablet_session.adjust_occupation_command import AdjustOccupationCommand
from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand
from control_plane_api.application.commands.lablet_session.collection_completed_command import (
    CollectionCompletedCommand,
)
from control_plane_api.application.commands.lablet_session.complete_termination_command import (
    CompleteTerminationCommand,
)
from control_plane_api.application.commands.lablet_session.give_up_recovery_command import GiveUpRecoveryCommand
from control_plane_api.application.commands.lablet_session.grading_completed_command import GradingCompletedCommand
from control_plane_api.application.commands.lablet_session.grading_failed_command import GradingFailedCommand
from control_plane_api.application.commands.lablet_session.grading_review_requested_command import (
    GradingReviewRequestedCommand,
)
from control_plane_api.application.commands.lablet_session.grading_submitted_command import GradingSubmittedCommand
from control_plane_api.application.commands.lablet_session.grant_other_ports_command import GrantOtherPortsCommand
from control_plane_api.application.commands.lablet_session.handle_host_lost_command import HandleHostLostCommand
from control_plane_api.application.commands.lablet_session.handle_session_ended_command import HandleSessionEndedCommand
from control_plane_api.application.commands.lablet_session.handle_session_faulted_command import (
    HandleSessionFaultedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_paused_command import (
    HandleSessionPausedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_resumed_command import (
    HandleSessionResumedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_started_command import (
    HandleSessionStartedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_archived_command import (
    MarkSessionArchivedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_ready_command import MarkSessionReadyCommand
from control_plane_api.application.commands.lablet_session.mark_session_stopped_command import MarkSessionStoppedCommand
from control_plane_api.application.commands.lablet_session.observe_nodes_command import ObserveNodesCommand
from control_plane_api.application.commands.lablet_session.promise_capacity_command import PromiseCapacityCommand
from control_plane_api.application.commands.lablet_session.record_pipeline_step_command import RecordPipelineStepCommand
from control_plane_api.application.commands.lablet_session.record_placement_decision_command import (
    RecordPlacementDecisionCommand,
)
from control_plane_api.application.commands.lablet_session.recover_session_command import RecoverSessionCommand
from control_plane_api.application.commands.lablet_session.report_promise_at_risk_command import (
    ReportPromiseAtRiskCommand,
)
from control_plane_api.application.commands.lablet_session.schedule_lablet_session_command import (
    ScheduleLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.start_collection_command import StartCollectionCommand
from control_plane_api.application.commands.lablet_session.start_instantiation_command import StartInstantiationCommand
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.warn_session_ending_command import WarnSessionEndingCommand
from control_plane_api.application.queries.get_evidence_query import GetEvidenceQuery
from control_plane_api.application.queries.get_grading_session_query import GetGradingSessionQuery
from control_plane_api.application.queries.get_lablet_session_query import GetLabletSessionQuery
from control_plane_api.application.queries.get_session_by_lds_query import GetSessionByLdsQuery
from control_plane_api.application.queries.get_user_session_query import GetUserSessionQuery
from control_plane_api.application.queries.list_live_sessions_query import ListLiveSessionsQuery
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

router = APIRouter(prefix="/api/internal/sessions", tags=["internal: sessions"])


@router.get("", summary="Sessions in some statuses")
async def list_sessions(
    mediator: MediatorOf,
    _: Service,
    status: Annotated[list[LabletSessionStatus] | None, Query()] = None,
    worker_id: str | None = None,
) -> list[LabletSessionReadModel]:
    return await mediator.query(ListLiveSessionsQuery(tuple(status or ()), worker_id))


@router.get("/by-lds/{lds_session_id}", summary="The session of a delivery session")
async def get_by_lds_session(lds_session_id: str, mediator: MediatorOf, _: Service) -> LabletSessionReadModel:
    return await mediator.query(GetSessionByLdsQuery(lds_session_id))


@router.get("/{session_id}", summary="One session")
async def get_session(session_id: str, mediator: MediatorOf, _: Service) -> LabletSessionReadModel:
    return await mediator.query(GetLabletSessionQuery(session_id))


@router.get("/{session_id}/user-session", summary="Its delivery")
async def get_user_session(session_id: str, mediator: MediatorOf, _: Service) -> UserSessionReadModel:
    return await mediator.query(GetUserSessionQuery(session_id))


@router.get("/{session_id}/grading-session", summary="Its grading")
async def get_grading_session(session_id: str, mediator: MediatorOf, _: Service) -> GradingSessionReadModel:
    return await mediator.query(GetGradingSessionQuery(session_id))


@router.get("/{session_id}/evidence", summary="Its evidence")
async def get_evidence(session_id: str, mediator: MediatorOf, _: Service) -> list[DeviceCollection]:
    return list(await mediator.query(GetEvidenceQuery(session_id)))


@router.post("/{session_id}/schedule", summary="Place it on a worker")
async def schedule(session_id: str, body: ScheduleSession, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(ScheduleLabletSessionCommand(session_id, body), ctx)


@router.post("/{session_id}/promise", summary="Have its room held by another worker")
async def promise(session_id: str, body: PromiseCapacity, mediator: MediatorOf, ctx: ServiceContext) -> PromiseAnswer:
    """Without `worker_id` whoever can holds it; when nobody can, the promise is recorded as lost."""
    return await mediator.execute(PromiseCapacityCommand(session_id, body), ctx)


@router.post("/{session_id}/promise-at-risk", summary="The worker that holds its room has not come up in time")
async def promise_at_risk(
    session_id: str, body: ReportPromiseAtRisk, mediator: MediatorOf, ctx: ServiceContext
) -> PromiseAnswer:
    """Another worker holds the room if one can; else the one that is late goes on holding it."""
    return await mediator.execute(ReportPromiseAtRiskCommand(session_id, body), ctx)


@router.post("/{session_id}/adjust-occupation", summary="Hold its room until another instant")
async def adjust_occupation(
    session_id: str, body: AdjustOccupation, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(AdjustOccupationCommand(session_id, body), ctx)


@router.post("/{session_id}/warn-ending", summary="Its slot ends soon")
async def warn_ending(session_id: str, body: WarnSessionEnding, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WarnSessionEndingCommand(session_id, body), ctx)


@router.post("/{session_id}/placement-decision", summary="Keep a decision that placed nothing")
async def record_placement_decision(
    session_id: str, body: RecordPlacementDecision, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(RecordPlacementDecisionCommand(session_id, body), ctx)


@router.post("/{session_id}/unschedule", summary="Take it off its worker")
async def unschedule(session_id: str, body: UnscheduleSession, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(UnscheduleLabletSessionCommand(session_id, body), ctx)


@router.post("/{session_id}/host-lost", summary="Its host or its lab is lost")
async def host_lost(session_id: str, body: SessionHostLost, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    """Placed elsewhere, held for recovery or ended, by where it stands and by its terms."""
    return await mediator.execute(HandleHostLostCommand(session_id, body), ctx)


@router.post("/{session_id}/recovered", summary="Its host is back with its lab")
async def recovered(session_id: str, body: SessionRecovered, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(RecoverSessionCommand(session_id, body), ctx)


@router.post("/{session_id}/give-up-recovery", summary="Its host is not back in time")
async def give_up_recovery(session_id: str, body: GiveUpRecovery, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(GiveUpRecoveryCommand(session_id, body), ctx)


@router.post("/{session_id}/start-instantiation", summary="SCHEDULED → INSTANTIATING")
async def start_instantiation(session_id: str, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(StartInstantiationCommand(session_id), ctx)


@router.post("/{session_id}/steps", summary="Checkpoint a pipeline step")
async def record_step(session_id: str, body: RecordStep, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(RecordPipelineStepCommand(session_id, body), ctx)


@router.post("/{session_id}/bind-lab", summary="The lab exists on the worker")
async def bind_lab(session_id: str, body: BindLab, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(BindLabCommand(session_id, body), ctx)


@router.post("/{session_id}/other-ports", summary="Ports in place of those that a foreign lab forwards")
async def grant_other_ports(session_id: str, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(GrantOtherPortsCommand(session_id), ctx)


@router.post("/{session_id}/nodes", summary="How the nodes of its lab stand")
async def observe_nodes(session_id: str, body: ObserveNodes, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(ObserveNodesCommand(session_id, body), ctx)


@router.put("/{session_id}/mark-ready", summary="INSTANTIATING → READY, with its delivery")
async def mark_ready(session_id: str, body: MarkSessionReady, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(MarkSessionReadyCommand(session_id, body), ctx)


@router.post("/{session_id}/session-started", summary="The learner logged in")
async def session_started(session_id: str, body: SessionStarted, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(HandleSessionStartedCommand(session_id, body), ctx)


@router.post("/{session_id}/session-paused", summary="The clock stands still")
async def session_paused(session_id: str, body: SessionPaused, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(HandleSessionPausedCommand(session_id, body), ctx)


@router.post("/{session_id}/session-resumed", summary="The clock goes on")
async def session_resumed(session_id: str, body: SessionResumed, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(HandleSessionResumedCommand(session_id, body), ctx)


@router.post("/{session_id}/session-faulted", summary="Its delivery failed")
async def session_faulted(session_id: str, body: SessionFaulted, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(HandleSessionFaultedCommand(session_id, body), ctx)


@router.post("/{session_id}/session-ended", summary="The learner finished")
async def session_ended(session_id: str, body: SessionEnded, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(HandleSessionEndedCommand(session_id, body), ctx)


@router.post("/{session_id}/start-collection", summary="RUNNING → COLLECTING")
async def start_collection(
    session_id: str, body: StartCollection, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(StartCollectionCommand(session_id, body), ctx)


@router.post("/{session_id}/collection-completed", summary="The evidence is in")
async def collection_completed(
    session_id: str, body: CollectionCompleted, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(CollectionCompletedCommand(session_id, body), ctx)


@router.post("/{session_id}/grading-submitted", summary="The grading engine took it")
async def grading_submitted(
    session_id: str, body: GradingSubmitted, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(GradingSubmittedCommand(session_id, body), ctx)


@router.post("/{session_id}/grading-review-requested", summary="A person has to look at it first")
async def grading_review_requested(
    session_id: str, body: GradingReviewRequested, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(GradingReviewRequestedCommand(session_id, body), ctx)


@router.post("/{session_id}/grading-completed", summary="The score has come")
async def grading_completed(
    session_id: str, body: GradingCompleted, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(GradingCompletedCommand(session_id, body), ctx)


@router.post("/{session_id}/grading-failed", summary="There is no score to be had")
async def grading_failed(session_id: str, body: GradingFailed, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(GradingFailedCommand(session_id, body), ctx)


@router.post("/{session_id}/stop", summary="→ STOPPING, or TERMINATED when nothing exists")
async def stop(session_id: str, body: StopSession, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(StopLabletSessionCommand(session_id, body), ctx)


@router.post("/{session_id}/stopped", summary="The lab is proven gone")
async def mark_stopped(session_id: str, body: MarkSessionStopped, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(MarkSessionStoppedCommand(session_id, body), ctx)


@router.post("/{session_id}/archived", summary="The delivery is closed")
async def mark_archived(
    session_id: str, body: MarkSessionArchived, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(MarkSessionArchivedCommand(session_id, body), ctx)


@router.post("/{session_id}/complete-termination", summary="ARCHIVED → TERMINATED")
async def complete_termination(session_id: str, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(CompleteTerminationCommand(session_id), ctx)
